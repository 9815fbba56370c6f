"""How the command line starts: without ImageMagick, and how fast."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from resize_on_upload import __version__
from resize_on_upload_cli.engine import system_packages
from tests.support import images

ROOT = Path(__file__).parents[2]
CURE = system_packages.command("magick")

# Every Python that finds this cannot load a library of ImageMagick.
_WITHOUT = """
import ctypes

class CDLL(ctypes.CDLL):
    def __init__(self, name, *more, **other):
        if name and "Magick" in str(name):
            raise OSError(name)
        super().__init__(name, *more, **other)

ctypes.CDLL = CDLL
ctypes.cdll._dlltype = CDLL
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine without ImageMagick and without AWS."""
    folder = tmp_path / "without"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_WITHOUT)
    kept = {name: v for name, v in os.environ.items() if not name.startswith("AWS_")}
    files = {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
    return {**kept, **files, "PYTHONPATH": _python_path(folder)}


def _python_path(folder: Path) -> str:
    """Return the present path with a folder before it."""
    return os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))


def _run(
    *arguments: object, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *map(str, arguments)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=env,
    )


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["--help"], 0, "preview"),
        (["--version"], 0, __version__),
        (["check"], 0, "150x"),
        (["plan", "--help"], 0, "--prefix"),
        (["plan"], 3, "no AWS region is set"),
        (["smoke"], 3, "no AWS region is set"),
        (["upload", "README.md"], 3, "no AWS region is set"),
        (["estimate"], 3, "no AWS region is set"),
        (["status", "a.jpg"], 3, "no AWS region is set"),
        (["logs"], 3, "no AWS region is set"),
        (["completion", "bash"], 0, "_resize_on_upload"),
    ],
    ids=str,
)
def test_other_commands_work_without_imagemagick(
    elsewhere: dict[str, str], command: list[str], code: int, says: str
) -> None:
    done = _run(*command, env=elsewhere)
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["preview", "estimate"])
def test_commands_that_need_imagemagick_report_how_to_install_it(
    elsewhere: dict[str, str], tmp_path: Path, command: str
) -> None:
    """In one sentence for all files; nothing is written."""
    (tmp_path / "a.png").write_bytes(images.png(9, 9))
    (tmp_path / "b.png").write_bytes(images.png(9, 9))
    files = (tmp_path / "a.png", tmp_path / "b.png")
    out = ("--out", tmp_path / "out") if command == "preview" else ()
    done = _run(command, *files, *out, env=elsewhere)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "ImageMagick" in done.stderr
    assert CURE in done.stderr
    assert not (tmp_path / "out").exists()


def test_doctor_reports_what_is_missing(elsewhere: dict[str, str]) -> None:
    """With the package to install; what does not need it is still checked."""
    done = _run("doctor", env=elsewhere)
    assert done.returncode == 1, done.stderr
    assert "❌ loads ImageMagick: " in done.stdout
    assert CURE in done.stdout
    assert "✅ sizes in config/sizes.json" in done.stdout
    lines = _run("doctor", "--json", env=elsewhere).stdout.splitlines()
    found = {one["check"]: one for one in map(json.loads, lines)}
    assert found["loads ImageMagick"]["ok"] is False
    assert found["loads ImageMagick"]["imagemagick"] is None


def test_a_missing_wand_is_reported() -> None:
    """As a Python package, with other advice."""
    code = (
        "import sys; sys.modules['wand'] = None; from resize_on_upload_cli import cli; "
        "sys.exit(cli.main(['preview', 'README.md']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "pip install -r requirements.txt" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_help_is_fast(option: str) -> None:
    """Compared with an empty program; importing boto3 alone takes 17 times as long."""
    command = str(Path(sys.executable).with_name("resize-on-upload"))
    empty = _cpu_seconds(sys.executable, "-c", "pass")
    assert _cpu_seconds(command, option) < 10 * empty


def _cpu_seconds(*command: str) -> float:
    """The CPU time of a command, the best of five."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        user = after.ru_utime - before.ru_utime
        taken.append(user + after.ru_stime - before.ru_stime)
    return min(taken)


@pytest.mark.parametrize(
    "command",
    [
        ["check", *map(str, range(2_000))],
        ["check", "--json"],
        ["doctor"],
        ["--help"],
        ["--version"],
        ["preview", "--help"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_ends_a_command_silently(
    command: list[str], unbuffered: str
) -> None:
    """As with `| head`, like Unix tools; also when Python exits."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *command],
        check=False,
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 141


def test_a_full_disk_is_reported() -> None:
    """If standard output cannot be written, the command has failed."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [Path(sys.executable).with_name("resize-on-upload"), "check"],
            check=False,
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == "standard output: No space left on device\n"


def test_ctrl_c_while_it_loads_prints_no_traceback(tmp_path: Path) -> None:
    """From the first import on: here during that of boto3, the slowest one."""
    (tmp_path / "boto3.py").write_text(
        "import os, signal, time\n"
        # A shell starts background jobs with it ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(9)\n"
    )
    done = _run("plan", env={**os.environ, "PYTHONPATH": _python_path(tmp_path)})
    assert done.returncode == 130
    assert done.stderr == "\nStopped. Run it again to continue.\n"


def test_the_command_line_itself_loads_nothing() -> None:
    """Ctrl-C is handled from the start: only what Python has loaded anyway is used."""
    code = (
        "import sys, typing; before = set(sys.modules); "
        "import resize_on_upload_cli.cli; print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert (
        done.stdout
        == "['__future__', 'resize_on_upload_cli', 'resize_on_upload_cli.cli']\n"
    )
