"""Start and stop programs; find free loopback ports; let one process at a time work."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LOOPBACK = "127.0.0.1"

START_TIMEOUT_SECONDS = 300
"""Only ends a hang."""

_STOP_TIMEOUT_SECONDS = 3


class StartError(RuntimeError):
    """A program did not start; the message has the end of its log."""


def free_port() -> int:
    """A loopback port on which nothing listens now, and that no other process gets.

    Without that, two that start programs at once might be given the same one.
    """
    while True:
        port = _unused_port()
        with suppress(OSError):  # another process has it
            fcntl.lockf(_ports(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            return port


def _unused_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@cache
def _ports() -> int:
    """A file of this user; who has a port has locked the byte of its number."""
    file = Path(gettempdir()) / f"resize-on-upload-{os.getuid()}.ports"
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def listens(port: int) -> bool:
    """Return whether a loopback port accepts connections."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((LOOPBACK, port)) == 0


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one process at a time into the block; the others wait."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def descendants(ancestor: int) -> dict[int, str]:
    """Process id → command line of all descendants of a process (Linux)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found, parents = {}, [ancestor]
    while parents:
        for child in children.get(parents.pop(), ()):
            with suppress(OSError):
                command = Path(f"/proc/{child}/cmdline").read_bytes()
                found[child] = command.replace(b"\0", b" ").decode(errors="replace")
            parents.append(child)
    return found


@dataclass(frozen=True, slots=True)
class Program:
    """A running program and its log file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Return when `is_ready` is true.

        Raises:
            StartError: the program ended, or START_TIMEOUT_SECONDS have passed.
        """
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2_000:]
                self.stop()
                msg = f"{self.name} did not start. The end of {self.log}:\n{tail}"
                raise StartError(msg)
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it and its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Terminate it and its children; kill them if that has no effect."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is not None:
                return
            with suppress(ProcessLookupError):  # it has just ended
                os.killpg(self.process.pid, number)
            try:
                self.process.wait(_STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def start(
    name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Program:
    """Start a program in its own process group.

    If `setpriv` is installed, the program dies with the thread that calls this; so
    call it from a thread that lives as long as the program should.
    """
    wrapper = shutil.which("setpriv")
    prefix = [wrapper, "--pdeathsig", "KILL"] if wrapper else []
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*prefix, *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(name=name, process=process, log=log)
