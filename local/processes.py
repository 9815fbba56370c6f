"""Start programs on loopback ports that are free; end them, and only them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LOOPBACK = "127.0.0.1"


class StartError(RuntimeError):
    """A program did not come up; the message holds the end of its log."""


def free_port() -> int:
    """A loopback port nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something accepts connections at the port."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((LOOPBACK, port)) == 0


def descendants(ancestor: int) -> dict[int, str]:
    """The command lines of a process's children and theirs, by id (Linux)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found, open_ = {}, [ancestor]
    while open_:
        for child in children.get(open_.pop(), ()):
            with suppress(OSError):
                command = Path(f"/proc/{child}/cmdline").read_bytes()
                found[child] = command.replace(b"\0", b" ").decode(errors="replace")
            open_.append(child)
    return found


@dataclass(frozen=True, slots=True)
class Program:
    """A running program of ours and its log file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, ready: Callable[[], bool], seconds: float = 20) -> None:
        """Return when `ready` says so.

        Raises:
            StartError: the program ended, or took longer than `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2_000:]
                self.stop()
                msg = f"{self.name} did not start. The end of {self.log}:\n{tail}"
                raise StartError(msg)
            time.sleep(0.02)

    def kill(self) -> None:
        """End it with its children at once, whatever they do."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it with its children: politely, then for good."""
        for sign, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            if self.process.poll() is not None:
                return
            with suppress(ProcessLookupError):  # it has ended since
                os.killpg(self.process.pid, sign)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue


def start(
    name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Program:
    """Start a program in a process group of its own.

    It dies with the thread that called this, where the system can arrange that, so
    call it from one that lives as long as the program should.
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
