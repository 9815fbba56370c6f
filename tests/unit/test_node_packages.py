"""`npm install` in a clone of any name leaves the checkout as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", [".", "bench"])
def test_npm_install_leaves_the_lock_file_alone(tmp_path: Path, folder: str) -> None:
    """Without a name in package.json, npm writes the folder's name into the lock."""
    clone = tmp_path / "another-name"
    clone.mkdir()
    files = ("package.json", "package-lock.json")
    for name in files:
        shutil.copy(ROOT / folder / name, clone)
    binaries = Path(sys.executable).parent
    subprocess.run(
        [
            binaries / "npm",
            *("install", "--package-lock-only", "--offline", "--no-audit"),
        ],
        check=True,
        cwd=clone,
        env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"},
        capture_output=True,
    )
    for name in files:
        assert (clone / name).read_text() == (ROOT / folder / name).read_text()


@pytest.mark.parametrize("folder", [".", "bench"])
def test_they_are_private_and_name_no_registry(folder: str) -> None:
    assert json.loads((ROOT / folder / "package.json").read_text())["private"]
    assert "://" not in "".join(
        line
        for line in (ROOT / folder / "package-lock.json").read_text().splitlines()
        if '"resolved"' in line
    )
