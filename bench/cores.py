"""Measure what a second core gives: `make cores`.

Each job runs in the container image on one core; on two, its variants encoded in turn,
so that only the libraries' own threads use the second one; and on two, encoded side by
side. The table of wall times goes into docs/performance.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.engines import place
from bench.engines.peer import this_project
from bench.folders import SHARED
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.engines.peer import Peer
    from bench.engines.place import Place

CORES, ROUNDS = 2, 7
DEFAULTS = ["150x", "50x50", "x150"]
WIDTHS = ["150x", "300x", "600x", "1200x"]
LARGE = ["640x", "1280x", "1920x", "2560x"]
ALL = ["avif", "webp", "original"]
WAYS = {"1 core": (1, 1), "2 cores, in turn": (2, 1), "2 cores, side by side": (2, 2)}
"""The number of cores, and of variants that are encoded at the same time."""


@dataclass(frozen=True, slots=True)
class Job:
    """An image, and the sizes to make of it."""

    name: str
    file: str
    document: dict[str, Any]


JOBS = (
    Job("12 MP JPEG, 3 sizes", "j12_d90.jpg", {"sizes": DEFAULTS}),
    Job("12 MP JPEG, 4 widths", "j12_d90.jpg", {"sizes": WIDTHS}),
    Job("… in WebP, too", "j12_d90.jpg", {"sizes": WIDTHS, "formats": ALL[1:]}),
    Job("… in AVIF and WebP, too", "j12_d90.jpg", {"sizes": WIDTHS, "formats": ALL}),
    Job("… of 640 to 2,560", "j12_d90.jpg", {"sizes": LARGE, "formats": ALL}),
    Job("PNG with alpha, 4 widths", "p03_alpha.png", {"sizes": WIDTHS}),
    Job("PNG screenshot, 4 widths", "p05_shot.png", {"sizes": WIDTHS}),
    Job("WebP, 4 widths", "w12_lossy.webp", {"sizes": WIDTHS}),
    Job("animated GIF, 3 sizes", "g30_squares.gif", {"sizes": DEFAULTS}),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds of one job, by the ways of running it; are the bytes the same?"""

    job: Job
    wall: Sequence[float]
    cpu: Sequence[float]
    are_same: bool


class _Run(NamedTuple):
    wall: float
    cpu: float
    bodies: tuple[bytes, ...]


def main() -> int:
    """Print the table; return 1 if bytes depend on the number of cores."""
    parser = argparse.ArgumentParser(prog="bench.cores", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    if not (SHARED / "photos").exists():
        sys.exit("no photos in ../shared, next to the checkout")
    with place.deployed() as where, ExitStack() as stack:
        peers = [_start(where, stack, *way) for way in WAYS.values()]
        rows = [_measured(where, peers, job, rounds) for job in JOBS]
        note = f"{where.description} Milliseconds, minima of {rounds} runs.\n"
        lines = [note, *_table(rows)]
        print("\n".join(lines))
        if rounds == ROUNDS:
            where.publish("performance.md", {"cores": "\n".join(lines)})
    different = [row.job.name for row in rows if not row.are_same]
    print(f"bytes depend on the cores: {different}" if different else "equal bytes")
    return int(bool(different))


def _start(where: Place, stack: ExitStack, cores: int, threads: int) -> Peer:
    """A running peer, whose AVIF encoder has counted two cores.

    It always does on Lambda, and encodes differently if there is only one.
    """
    peer = stack.enter_context(this_project(where).running(CORES, threads))
    job = JOBS[-1]
    _run(where, peer, Job("", job.file, {"sizes": ["9x"], "format": "avif"}))
    peer.pin(cores)
    return peer


def _measured(where: Place, peers: Sequence[Peer], job: Job, rounds: int) -> Row:
    """Run a job in every way, again and again in turn."""
    runs = [[_run(where, peer, job) for peer in peers] for _ in range(rounds)]
    columns = list(zip(*runs, strict=True))
    row = Row(
        job,
        wall=[min(run.wall for run in column) for column in columns],
        cpu=[min(run.cpu for run in column) for column in columns],
        are_same=len({run.bodies for column in columns for run in column}) == 1,
    )
    terminal.say(job.name)
    return row


def _run(where: Place, peer: Peer, job: Job) -> _Run:
    inputs, outs = where.folder("inputs"), where.folder("outs")
    copy = shutil.copyfile(SHARED / "photos" / job.file, inputs / job.file)
    answer = peer.ask({"file": str(copy), "document": job.document}, outs)
    files = sorted(outs.iterdir())
    bodies = tuple(file.read_bytes() for file in files)
    for file in files:
        file.unlink()
    return _Run(answer["wall"], answer["cpu"], bodies)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """Wall times, how much shorter the last is, and how much CPU time it adds."""
    yield f"| | {' | '.join(WAYS)} | time | CPU time |"
    yield f"|---|{'---|' * (len(WAYS) + 2)}"
    for row in rows:
        walls = " | ".join(f"{ms:.0f}" for ms in row.wall)
        wall, cpu = (values[-1] / values[0] - 1 for values in (row.wall, row.cpu))
        yield f"| {row.job.name} | {walls} | {wall:+.0%} | {cpu:+.0%} |"


if __name__ == "__main__":
    sys.exit(main())
