"""What a release needs: one version, and pinned, hashed requirements."""

from __future__ import annotations

import re
from pathlib import Path

from resize_on_upload import __version__

ROOT = Path(__file__).parents[2]
FUNCTION = ROOT / "lambda" / "resize_on_upload"
PIN = re.compile(r"([A-Za-z0-9._-]+)==(\S+)")


def _lines(file: Path) -> list[str]:
    """The requirements of a file; a backslash continues a line."""
    text = file.read_text().replace("\\\n", "")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _pins(lines: list[str]) -> dict[str, str]:
    matches = [PIN.match(line) for line in lines]
    return {match[1].lower(): match[2] for match in matches if match}


def test_the_changelog_has_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    dated = re.findall(r"^## (\S+) - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert dated[0] == __version__


def test_every_requirement_of_the_image_is_pinned_and_hashed() -> None:
    lines = _lines(FUNCTION / "requirements.txt")
    hashed = re.compile(rf"{PIN.pattern}(\s+--hash=sha256:[0-9a-f]{{64}})+\s*")
    assert [line for line in lines if not hashed.fullmatch(line)] == []


def test_the_image_has_the_versions_that_the_tests_run_with() -> None:
    pins = _pins(_lines(FUNCTION / "requirements.txt"))
    tested = _pins(_lines(ROOT / "constraints.txt"))
    assert pins == {name: tested.get(name) for name in pins}


def test_the_image_has_all_that_the_function_needs() -> None:
    """`make requirements` was run after the last change of requirements.in."""
    wanted = {name.lower() for name in _lines(FUNCTION / "requirements.in")}
    assert wanted <= _pins(_lines(FUNCTION / "requirements.txt")).keys()


def test_the_image_installs_only_what_matches_its_hash() -> None:
    """And no package runs code of its own while it is installed."""
    dockerfile = (FUNCTION / "Dockerfile").read_text()
    assert "pip install --require-hashes --only-binary :all:" in dockerfile
    assert dockerfile.count("pip install") == 1
