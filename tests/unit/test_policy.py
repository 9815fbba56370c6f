"""ImageMagick's policy: without any of its rules the proof finds a hole."""

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
for check in selftest.run_policy_tests():
    if check.problem:
        print(check.name, flush=True)
"""


def test_every_attack_is_tried_and_refused() -> None:
    found = {check.name.removeprefix("refuses "): check.problem for check in CHECKS}
    assert found == dict.fromkeys(
        (
            *("SVG", "MVG", "MSL", "PostScript", "PDF", "text"),
            *("a file by its name", "a list of names", "a URL", "a pseudo image"),
            *("reading a file", "writing a file", "leaving its folder"),
        )
    )


CHECKS = list(selftest.run_policy_tests())


@pytest.mark.parametrize(
    ("rule", "hole"),
    [
        ('domain="path" rights="none" pattern="*"', "reading a file"),
        ('domain="path" rights="none" pattern="*"', "writing a file"),
        ('domain="path" rights="none" pattern="*../*"', "leaving its folder"),
        ('domain="coder" rights="none" pattern="*"', "MVG"),
    ],
)
def test_without_a_rule_there_is_a_hole(tmp_path: Path, rule: str, hole: str) -> None:
    """In a copy of the package, as the policy lies beside it."""
    copy = tmp_path / "resize_on_upload"
    shutil.copytree(PACKAGE, copy)
    policy = copy / POLICY
    before = policy.read_text()
    policy.write_text(before.replace(f"<policy {rule}/>", ""))
    assert policy.read_text() != before
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,  # what an open decoder does is its own affair
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert f"refuses {hole}" in done.stdout


def test_the_rules_against_the_way_out_come_last() -> None:
    """Later rules win, so an allowance behind it would undo it."""
    paths = [
        line.strip()
        for line in (PACKAGE / POLICY).read_text().splitlines()
        if 'domain="path"' in line
    ]
    assert paths[-1] == '<policy domain="path" rights="none" pattern="*../*"/>'
