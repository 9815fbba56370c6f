"""What macOS and Windows lack is taken away: commands still work.

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

from resize_on_upload import __version__
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


# The same for Windows; what Python itself does there cannot be shown.
_WINDOWS = """
import multiprocessing.pool, os, select, signal, ssl, sys

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
del os.O_PATH, os.getuid, os.killpg, os.setsid, select.poll
del signal.SIGKILL, signal.SIGXCPU
sys.platform = "win32"
"""


@pytest.fixture
def macos(tmp_path: Path) -> dict[str, str]:
    """The environment of something like macOS."""
    return _environment(tmp_path / "macos", _MACOS)


@pytest.fixture
def windows(tmp_path: Path) -> dict[str, str]:
    """The environment of something like Windows, without AWS."""
    files = {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
    variables = _environment(tmp_path / "windows", _WINDOWS).items()
    return {name: v for name, v in variables if not name.startswith("AWS_")} | files


def _environment(folder: Path, customize: str) -> dict[str, str]:
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(customize)
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


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["--version"], 0, __version__),
        (["check"], 0, "150x"),
        *(
            ([*command, "--region", "eu-central-1"], 3, "no AWS credentials were found")
            for command in (
                ["plan"],
                ["backfill"],
                ["smoke"],
                ["estimate"],
                ["logs"],
                ["status", "a.jpg"],
                ["urls", "a.jpg"],
                ["upload", "README.md"],
            )
        ),
        (
            ["preview", "docs/pictures"],
            3,
            "only under WSL. Install it: `wsl --install`",
        ),
        (["doctor"], 1, "only under WSL"),
    ],
    ids=str,
)
def test_windows_runs_what_needs_no_decoder(
    windows: dict[str, str], command: list[str], code: int, says: str
) -> None:
    done = _run(*command, env=windows)
    assert "Traceback" not in done.stderr
    assert (done.returncode, says in done.stdout + done.stderr) == (code, True)
