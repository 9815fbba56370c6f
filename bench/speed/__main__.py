"""Compare the speed of engines: the same photos and sizes, interleaved, in one run.

`make bench` builds the container image and installs the peers (pinned), measures on one
core and on two, prints the tables, writes bench/results/speed.json, and from that the
tables and charts in the documents. This project runs inside the container image, with
its sandbox, as in the function: both processes count.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.engines import place
from bench.speed import inputs, measure, report, targets
from bench.speed.contest import contestants
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.engines.place import Place

_ROUNDS = 4


def main() -> int:
    """Measure what the arguments select; write the results if that is everything."""
    arguments = _parser().parse_args()
    if arguments.documents:
        report.write(report.read())
        return 0
    with place.deployed() as where:
        measured = _measured(arguments, where)
    print("\n".join([*report.overview(measured), *report.tables(measured)]))
    if arguments.only or not where.is_deployed:
        print("No document is changed: this is only a part, or another engine.")
    else:
        report.save(measured)
        report.write(measured)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.speed", description=__doc__)
    parser.add_argument("--cores", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument(
        "--sizes",
        nargs="*",
        choices=measure.SIZE_SETS,
        default=[targets.THREE, targets.FOUR],
    )
    parser.add_argument(
        "--only", default="", help="print only inputs with this in their name"
    )
    parser.add_argument(
        "--documents",
        action="store_true",
        help="write the documents from the last results, measure nothing",
    )
    return parser


def _measured(arguments: argparse.Namespace, where: Place) -> dict[str, Any]:
    photos = list(inputs.photos(where.scratch, arguments.only))
    if not photos:
        sys.exit("the photos are not next to the checkout")
    tasks = measure.tasks(photos, arguments.sizes, arguments.cores)
    engines, rows = contestants(where), []
    for done, task in enumerate(tasks, start=1):
        rows.append(measure.run(task, engines, arguments.rounds, where.scratch))
        terminal.show_progress(done, len(tasks))
    machine = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "engine": where.description,
    }
    return {"machine": machine, "rows": rows}


def _processor() -> str:
    lines: Iterator[str] = iter(Path("/proc/cpuinfo").read_text().splitlines())
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
