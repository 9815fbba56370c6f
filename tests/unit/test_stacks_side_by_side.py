"""Local stacks run side by side: what they share of the machine is kept apart."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from local import processes
from local.emulator.runtime import ROOT, Runtime
from local.processes import locked
from local.stack import LOG, Stack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """A container image with an empty root."""
    root = tmp_path / "root"
    (root / "tmp").mkdir(parents=True)
    return Runtime((), {}, root)


def _certificate(folder: Path, text: str) -> Path:
    folder.mkdir()
    file = folder / "server.crt"
    file.write_text(text)
    return file


def test_stacks_in_one_image_have_their_own_files(
    runtime: Runtime, tmp_path: Path
) -> None:
    """Each has a certificate of the same name."""
    files = [_certificate(tmp_path / name, name) for name in ("one", "other")]
    inside = [runtime.inside(file) for file in files]
    seen = [runtime.root / path.removeprefix("/") for path in inside]
    assert [file.read_text() for file in seen] == ["one", "other"]
    for file in seen:  # Lambda's user is not the one that copied it
        assert file.parent.stat().st_mode & 0o005 == 0o005
        assert file.stat().st_mode & 0o004


def test_files_of_one_folder_stay_together(runtime: Runtime, tmp_path: Path) -> None:
    """The watermarks are found by their folder."""
    first = _certificate(tmp_path / "one", "")
    second = first.with_name("logo.png")
    second.touch()
    folders = {runtime.inside(file).rpartition("/")[0] for file in (first, second)}
    assert len(folders) == 1


def test_a_file_is_not_written_while_it_may_be_read(
    runtime: Runtime, tmp_path: Path
) -> None:
    file = _certificate(tmp_path / "one", "a")
    copy = runtime.root / runtime.inside(file).removeprefix("/")
    before = copy.stat().st_mtime_ns
    assert runtime.root / runtime.inside(file).removeprefix("/") == copy
    assert copy.stat().st_mtime_ns == before


def test_one_process_at_a_time_has_a_lock(tmp_path: Path) -> None:
    file = tmp_path / "new" / "lock"
    with locked(file), file.open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with file.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


HOLDER = """\
from local import processes
print(processes.free_port(), flush=True)
input()
"""


def test_no_two_processes_get_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens yet on the one that the other process has."""
    command = [sys.executable, "-c", HOLDER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as other:
        assert other.stdin
        assert other.stdout
        taken = int(other.stdout.readline())
        unused = iter([taken, taken, 1_234])
        monkeypatch.setattr(processes, "_unused_port", lambda: next(unused))
        assert processes.free_port() == 1_234
        other.stdin.close()
    unused = iter([taken])
    assert processes.free_port() == taken


def test_a_line_of_the_log_is_read_once_it_is_whole(tmp_path: Path) -> None:
    """On a busy machine, a reader may see the first part of what is being written."""
    stack = Stack(Mock(), {}, tmp_path, Mock(), {})
    assert stack.log() == ""
    for written, seen in (('{"a": "', ""), ('1"}\n{"b', '{"a": "1"}\n')):
        with (tmp_path / LOG).open("a") as file:
            file.write(written)
        assert stack.log() == seen
