"""What macOS lacks is taken away: commands still work, and the function does not.

Libraries, compilers and file names remain those of this machine.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from resize_on_upload.imaging.walls import hardening
from tests.support import images

ROOT = Path(__file__).parents[2]

# Every Python that finds this takes its system for macOS.
_MACOS = """
import ctypes.util, os, resource, sys

def setrlimit(what, limits, change=resource.setrlimit):
    if what == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    change(what, limits)

resource.setrlimit = setrlimit
del os.O_PATH
sys.platform = "darwin"
"""


@pytest.fixture
def macos(tmp_path: Path) -> dict[str, str]:
    """The environment of something like macOS."""
    folder = tmp_path / "macos"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_MACOS)
    path = os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))
    return {**os.environ, "PYTHONPATH": path}


def _run(*arguments: object, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *map(str, arguments)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=env,
    )


def test_preview_says_once_that_there_are_fewer_walls(
    macos: dict[str, str], tmp_path: Path
) -> None:
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for file in files:
        file.write_bytes(images.png(300, 200))
    done = _run("preview", *files, "--out", tmp_path / "out", env=macos)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Only Linux has all walls around the decoder") == 1
    assert done.stdout.count("150x100") == 2


def test_doctor_lists_the_missing_walls(macos: dict[str, str]) -> None:
    done = _run("doctor", "--json", env=macos)
    walls = json.loads(done.stdout.splitlines()[-1])["walls"]
    assert walls["limits"] == "not on this system: RLIMIT_AS"
    for name in ("no-new-privileges", "landlock", "seccomp"):
        assert walls[name] == "not on this system"


def test_linux_may_refuse_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the function would run without it."""

    def refuse(*_: Any) -> None:
        msg = "current limit exceeds maximum limit"
        raise ValueError(msg)

    monkeypatch.setattr(resource, "setrlimit", refuse)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ValueError, match="exceeds"):
        hardening._limit(1)
