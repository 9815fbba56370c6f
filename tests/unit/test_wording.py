"""The wording check finds what it should, and nothing else."""

from __future__ import annotations

import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from scripts import wording

if TYPE_CHECKING:
    from pathlib import Path

RULES = tomllib.loads(wording.LIST.read_text(encoding="utf-8"))


def _check(root: Path, text: str, **rules: object) -> list[str]:
    (root / "a.md").write_text(text, encoding="utf-8")
    own = {"files": ["*.md"], "phrases": [["mend", "fix", "plain"]], "allowed": []}
    return list(wording.check(root, own | rules))


def test_a_finding_names_the_place_the_phrase_and_the_better_wording(
    tmp_path: Path,
) -> None:
    found = _check(tmp_path, "One.\nMend it.\n")
    assert found == ["a.md:2: 'Mend': fix (plain)"]


def test_the_check_fails_with_findings_and_passes_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = 'files = ["*.md"]\nphrases = [["mend", "fix", "plain"]]\nallowed = []\n'
    (tmp_path / "rules.toml").write_text(rules)
    monkeypatch.setattr(wording, "LIST", tmp_path / "rules.toml")
    monkeypatch.setattr(wording, "ROOT", tmp_path)
    (tmp_path / "a.md").write_text("Fix it.")
    assert (wording.main(), capsys.readouterr().out) == (0, "")
    (tmp_path / "a.md").write_text("Mend it.")
    assert (wording.main(), capsys.readouterr().out) == (
        1,
        "a.md:1: 'Mend': fix (plain)\n",
    )


def test_an_exception_covers_its_line_alone(tmp_path: Path) -> None:
    allowed = [{"file": "*.md", "text": "a quote", "why": "quoted"}]
    found = _check(tmp_path, "mend, a quote\nmend\n", allowed=allowed)
    assert found == ["a.md:2: 'mend': fix (plain)"]


def test_an_exception_that_nothing_needs_is_reported(tmp_path: Path) -> None:
    allowed = [{"file": "*.md", "text": "a quote", "why": "quoted"}]
    assert _check(tmp_path, "Fix it.", allowed=allowed) == [
        "wording.toml: remove the exception 'a quote' of *.md"
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The user is told.", ["told"]),
        ("def _told(): ...", []),
        ("as it hangs\non the weather", ["hangs on"]),
        ("# as it hangs\n# on the weather", ["hangs on"]),
        ("it is none", ["is none"]),
        ("if it is None:", []),
        ("if there is none", []),
        ("that is no image", ["is no image"]),
        ("that is no longer so", []),
        ("a picture of it", ["picture"]),
        ("![a](docs/pictures/a.png) <picture> `picture`", []),
        ("a process of its own, kept", ["of its own"]),
        ("a variant of its own upload", []),
        ("3 files in all", ["in all"]),
        ("in all formats", []),
        ("20 keys a second", ["keys a second"]),
        ("a second key", []),
    ],
    ids=str,
)
def test_the_list_finds_phrases_and_no_other_text(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    findings = _check(tmp_path, text, phrases=RULES["phrases"])
    assert [finding.split("'")[1] for finding in findings] == found


def test_every_text_file_is_checked() -> None:
    command = ["git", "ls-files", "*.py", "*.md", "*.yml", "*.js", "*.c", "*.html"]
    try:
        listed = subprocess.run(
            command, check=True, cwd=wording.ROOT, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout")
    checked = {file for glob in RULES["files"] for file in wording.ROOT.glob(glob)}
    files = [wording.ROOT / name for name in listed.stdout.splitlines()]
    assert [file for file in files if file not in checked] == []
