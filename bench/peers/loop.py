"""The loop of the engines that are written in Python."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = dict[str, Any]
    Resize = Callable[[bytes, Job], list[bytes]]


def box(size: tuple[int, int], aspect: float) -> tuple[int, int]:
    """Width and height of the largest crop of an image with this aspect ratio."""
    width, height = size
    across, down = (
        round(min(width, aspect * height)),
        round(min(height, width / aspect)),
    )
    return max(across, 1), max(down, 1)


def run(resize: Resize, cpu: Callable[[], float] = time.process_time) -> None:
    """Run jobs until standard input ends."""
    for line in sys.stdin:
        job = json.loads(line)
        blob = Path(job["file"]).read_bytes()
        wall, used = time.perf_counter(), cpu()
        results = resize(blob, job)
        answer = {
            "wall": (time.perf_counter() - wall) * 1_000,
            "cpu": (cpu() - used) * 1_000,
            "bytes": sum(map(len, results)),
        }
        if job["out"]:
            for number, body in enumerate(results):
                Path(job["out"], str(number)).write_bytes(body)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        del blob, results  # before the next file is read
