"""Compare the speed of engines: the same photos and sizes, interleaved, in one run.

`make bench` installs the peers (pinned), measures on one core and on two, prints the
tables, writes bench/results/speed.json and draws docs/pictures/speed.svg. This
project's figures include its sandbox, as in the function.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench.speed import fidelity, inputs, report
from bench.speed.contest import CONTESTANTS, Contestant
from tools import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.speed.inputs import Input

RESULTS = Path(__file__).parents[1] / "results" / "speed.json"
SIZE_SETS = {
    "3 sizes": ((150, None), (50, 50), (None, 150)),
    "4 widths": tuple((width, None) for width in (150, 300, 600, 1200)),
    "10 widths": tuple((width, None) for width in range(120, 1201, 120)),
}
QUALITY = 82
SLOW = 2  # rounds for engines that take seconds
_ROUNDS = 5


def main() -> int:
    """Measure what the arguments select, and write the results."""
    parser = argparse.ArgumentParser(prog="bench.speed", description=__doc__)
    parser.add_argument("--cores", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument(
        "--only", default="", help="only inputs with this in their name"
    )
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        photos = [
            photo
            for photo in inputs.photos(Path(folder))
            if arguments.only in photo.name
        ]
        if not photos:
            sys.exit("the photos are not next to the checkout")
        jobs = [
            (photo, sizes, cores)
            for cores in arguments.cores
            for photo in photos
            for sizes in SIZE_SETS
            if sizes == "3 sizes" or not (photo.growth or photo.job["animated"])
            if cores == 1 or not (photo.growth or sizes == "10 widths")
        ]
        rows = []
        for done, (photo, sizes, cores) in enumerate(jobs, start=1):
            rows.append(_measure(photo, sizes, cores, arguments.rounds, Path(folder)))
            terminal.show_progress(done, len(jobs))
    RESULTS.parent.mkdir(exist_ok=True)
    machine = {"processor": _processor(), "cores": os.cpu_count()}
    RESULTS.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")
    report.write(rows, machine)
    return 0


def _measure(
    photo: Input, sizes: str, cores: int, rounds: int, folder: Path
) -> dict[str, Any]:
    """Measure one photo and one set of sizes: the engines in turn, repeatedly."""
    job = photo.job | {"sizes": photo.targets(SIZE_SETS[sizes]), "quality": QUALITY}
    found: dict[str, list[dict[str, float]]] = {}
    row: dict[str, Any] = {"photo": photo.name, "sizes": sizes, "cores": cores}
    row |= {"pixels": photo.width * photo.height, "growth": photo.growth}
    with _started(photo, cores) as contestants:
        for name, contestant in contestants.items():
            found[name] = []
            out = folder / name
            out.mkdir(exist_ok=True)
            contestant.ask(job | {"out": str(out)})  # warms up; its output is compared
        for number in range(rounds):
            for name, contestant in contestants.items():
                if number < SLOW or not contestant.is_slow:
                    found[name].append(contestant.ask(job | {"out": None}))
        peaks = {name: each.peak() for name, each in contestants.items()}
    alike = fidelity.likeness(photo, job, {name: folder / name for name in found})
    row["engines"] = {
        name: {
            "wall": round(median(answer["wall"] for answer in answers), 2),
            "cpu": round(median(answer["cpu"] for answer in answers), 2),
            "spread": round(_spread([answer["cpu"] for answer in answers]), 3),
            "bytes": int(answers[-1]["bytes"]),
            "peak_mb": round(peaks[name], 1),
            "ssim": alike.get(name),
        }
        for name, answers in found.items()
    }
    return row


class _started:  # noqa: N801 - used as a function
    """The engines for a photo, each in a new process."""

    def __init__(self, photo: Input, cores: int) -> None:
        self._wanted = [
            contestant
            for contestant in CONTESTANTS
            if not (photo.job["animated"] and not contestant.animates)
            and not (photo.growth and contestant.is_slow)
        ]
        self._cores = cores

    def __enter__(self) -> dict[str, Contestant]:
        for contestant in self._wanted:
            contestant.start(self._cores)
        return {contestant.name: contestant for contestant in self._wanted}

    def __exit__(self, *_: object) -> None:
        for contestant in self._wanted:
            contestant.stop()


def _spread(values: list[float]) -> float:
    """Return half the range, relative to the median."""
    return (max(values) - min(values)) / 2 / max(median(values), 1e-9)


def _processor() -> str:
    lines: Iterator[str] = iter(Path("/proc/cpuinfo").read_text().splitlines())
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
