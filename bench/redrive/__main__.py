"""Measure what `redrive failed` costs by the number of messages.

python -m bench.redrive [--messages 10000] [--checkout DIRECTORY] [--dry-run]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main() -> None:
    """Print a row of the table in docs/performance.md for each number."""
    parser = argparse.ArgumentParser(prog="bench.redrive", description=__doc__)
    parser.add_argument("--messages", type=int, nargs="*", default=(10_000,))
    parser.add_argument("--checkout", type=Path, default=HERE.parents[1])
    parser.add_argument("--rate", type=float, default=1_000.0)
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args()
    for number in options.messages:
        found = measured(
            options.checkout, number, options.rate, dry_run=options.dry_run
        )
        if found["uploads"] != number:
            sys.exit(f"not all were found: {found}")
        print(line(found, options.rate, dry_run=options.dry_run), flush=True)


def measured(
    checkout: Path, messages: int, rate: float, *, dry_run: bool
) -> dict[str, Any]:
    """Return one measurement of a checkout."""
    with subprocess.Popen(
        [sys.executable, HERE / "server.py", str(messages)],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout  # noqa: S101 - for mypy
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        environment = {"PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'lambda'}"}
        try:
            done = subprocess.run(
                [
                    *(sys.executable, HERE / "retry.py", url, str(rate)),
                    *(("dry-run",) if dry_run else ()),
                ],
                check=True,
                env=os.environ | environment,
                stdout=subprocess.PIPE,
                text=True,
            )
        finally:
            server.terminate()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def line(found: dict[str, Any], rate: float, *, dry_run: bool) -> str:
    """Return a row: messages, what was done, CPU, per second, memory."""
    number = found["uploads"]
    what = "listed" if dry_run else f"retried, `--rate {rate:.0f}`"
    return (
        f"| {number:,} | {what} | {1_000 * found['cpu'] / number:.2f} "
        f"| {number / found['wall']:,.0f} | {found['mb']:.0f} |"
    )


if __name__ == "__main__":
    main()
