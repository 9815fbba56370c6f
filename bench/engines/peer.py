"""An engine as a process that runs jobs: see bench/peers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.engines.memory import Peak, rss, watched
from bench.folders import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from bench.engines.place import Place


@dataclass(slots=True)
class Peer:
    """One engine.

    Attributes:
        name: As in the tables.
        command: Its program.
        environment: The program's variables.
        inside: The path at which the program sees a file of this machine.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    inside: Callable[[Path], str] = str
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    @contextmanager
    def running(self, cores: int = 1, threads: int = 0) -> Iterator[Peer]:
        """Run its process during the block.

        Args:
            cores: That it may run on.
            threads: That it may use; 0 for one per core.
        """
        places = ",".join(map(str, _last_cores(cores)))
        self._process = subprocess.Popen(
            [shutil.which("taskset") or "taskset", "-c", places, *self.command],
            cwd=ROOT,
            env={**self.environment, **_threads(threads or cores)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield self
        finally:
            self._process.communicate()
            self._process = None

    def ask(self, job: Mapping[str, Any], out: Path | None = None) -> dict[str, Any]:
        """Run one job; return its answer, among others CPU milliseconds and bytes.

        Args:
            job: Its `file` is a path of this machine.
            out: The folder for the results.

        Raises:
            RuntimeError: the process ended.
        """
        process = self._running()
        if not (process.stdin and process.stdout):
            raise AssertionError
        seen = {"file": self.inside(Path(job["file"])), "out": out and self.inside(out)}
        process.stdin.write(json.dumps({**job, **seen}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            msg = f"{self.name} ended at {job['file']}"
            raise RuntimeError(msg)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def pin(self, cores: int) -> None:
        """Let its processes run on this number of cores from now on.

        Libraries that counted the cores when they were loaded do not count them again.
        """
        for pid in (self._running().pid, *self.children()):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), _last_cores(cores))

    def resident(self) -> tuple[float, float]:
        """Return the resident MB of the process, and those of its children."""
        own, *children = map(rss, self._processes())
        return own, sum(children)

    def watched(self) -> AbstractContextManager[Peak]:
        """Find the peak memory of its processes during a block."""
        return watched(self._processes)

    def children(self) -> list[int]:
        """The processes that it has started."""
        pid = self._running().pid
        return [
            int(child)
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]

    def _processes(self) -> list[int]:
        return [self._running().pid, *self.children()]

    def _running(self) -> subprocess.Popen[str]:
        if not self._process:
            raise AssertionError
        return self._process


def this_project(place: Place, module: str = "this_project") -> Peer:
    """This project's image job; the function's process and the decoder's."""
    return Peer(
        "this project", place.program(module), place.environment(), place.inside
    )


def _last_cores(number: int) -> list[int]:
    return sorted(os.sched_getaffinity(0))[-number:]


def _threads(cores: int) -> dict[str, str]:
    names = ("CORES", "VIPS_CONCURRENCY", "OMP_NUM_THREADS")
    return dict.fromkeys(names, str(cores))


def likeness() -> Peer:
    """Scores how alike images are by SSIMULACRA2; needs .local/bench."""
    python = ROOT / ".local" / "bench" / "bin" / "python"
    command = (str(python), "-m", "bench.peers.likeness")
    return Peer("likeness", command, {"PYTHONPATH": str(ROOT)})
