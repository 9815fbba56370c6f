"""ImageMagick's policy: the self-test fails if any of its rules is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resize_on_upload.imaging import selftest

PACKAGE = Path(selftest.__file__).parents[1]
POLICY = Path("imaging", "imagemagick", "policy.xml")

PROGRAM = """
from resize_on_upload.imaging import selftest
for result in selftest.run_policy_tests():
    if result.problem:
        print(result.name, flush=True)
"""


def test_every_attack_is_tried_and_refused() -> None:
    found = {result.name.removeprefix("refuses "): result.problem for result in CHECKS}
    assert found == dict.fromkeys(
        (
            *("SVG", "MVG", "MSL", "PostScript", "PDF", "text"),
            *("a file by its name", "a list of names", "a URL", "a pseudo image"),
            *("reading a file", "writing a file", "leaving its folder"),
        )
    )


CHECKS = list(selftest.run_policy_tests())


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ('domain="path" rights="none" pattern="*"', "reading a file"),
        ('domain="path" rights="none" pattern="*"', "writing a file"),
        ('domain="path" rights="none" pattern="*../*"', "leaving its folder"),
        ('domain="coder" rights="none" pattern="*"', "MVG"),
    ],
)
def test_a_missing_rule_is_found(tmp_path: Path, rule: str, allowed: str) -> None:
    """In a copy of the package, which contains the policy."""
    copy = tmp_path / "resize_on_upload"
    shutil.copytree(PACKAGE, copy)
    policy = copy / POLICY
    before = policy.read_text()
    policy.write_text(before.replace(f"<policy {rule}/>", ""))
    assert policy.read_text() != before
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,  # an unprotected decoder may fail in any way
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert f"refuses {allowed}" in done.stdout


def test_the_rule_against_paths_out_of_the_folder_comes_last() -> None:
    """Later rules win, so a permission after it would undo it."""
    paths = [
        line.strip()
        for line in (PACKAGE / POLICY).read_text().splitlines()
        if 'domain="path"' in line
    ]
    assert paths[-1] == '<policy domain="path" rights="none" pattern="*../*"/>'
