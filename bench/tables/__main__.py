"""Measure what comparing both buckets by their inventory tables takes.

`make tables` measures a million originals with three sizes each, ORIGINALS=10000000 as
many. DuckDB runs the query in place of Athena, which has far more machines; what the
command does with the result is the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import documents
from bench.folders import DOCS, RESULTS, ROOT
from bench.tables import engine, library

KINDS = ("plan", "plan --all", "backfill")

_COLUMNS = (
    *("command", "originals", "keys that differ", "query: CPU, s", "memory, MB"),
    *("result, MB", "command: CPU, s", "memory, MB"),
)


def main() -> None:
    """Print the measurements; write the table of docs/scale.md."""
    parser = argparse.ArgumentParser(prog="bench.tables", description=__doc__)
    parser.add_argument("--originals", type=int, default=1_000_000)
    originals = parser.parse_args().originals
    if originals % library.CYCLE:
        parser.error(f"--originals must be a multiple of {library.CYCLE:,}")
    with TemporaryDirectory(dir=ROOT / ".local") as folder:
        file = Path(folder, "tables.duckdb")
        with engine.connect(file, threads=2, memory_limit="2GB") as connection:
            library.fill(connection, originals)
        rows = [measured(kind, file, originals) for kind in KINDS]
    (RESULTS / "tables.json").write_text(
        "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n"
    )
    documents.write(DOCS / "scale.md", "tables", table(rows))
    print(table(rows))


def measured(kind: str, file: Path, originals: int) -> dict[str, Any]:
    """Return the measurement of one command."""
    csv = file.with_suffix(".csv")
    query = _run("query.py", kind, str(file), str(csv))
    command = _run("command.py", kind, str(csv))
    keys = command.pop("keys")
    check(kind, keys, originals)
    return {
        "command": f"{kind} --from tables",
        "originals": originals,
        "differing": sum(keys.values()) - keys.get("current", 0),
        "query_cpu": query["cpu"],
        "query_mb": query["mb"],
        "csv_mb": round(csv.stat().st_size / 1e6, 1),
        "cpu": command["cpu"],
        "mb": command["mb"],
    }


def check(kind: str, keys: dict[str, int], originals: int) -> None:
    """Ensure that the planted faults were found, and no others."""
    cycles = originals // library.CYCLE
    expected = {state: number * cycles for state, number in library.EXPECTED.items()}
    expected["current"] = originals - sum(expected.values())
    if kind == "backfill":  # of other sizes: all that is not gone is to be made
        expected = {"to make": originals - library.GONE * cycles}
    if keys != expected:
        sys.exit(f"{kind}: found {keys}, planted {expected}")


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of the document."""
    head = [f"| {' | '.join(_COLUMNS)} |", "|" + "---|" * len(_COLUMNS)]
    return "\n".join([*head, *map(_line, rows)])


def _line(row: dict[str, Any]) -> str:
    return (
        f"| `{row['command']}` | {row['originals']:,} | {row['differing']:,} "
        f"| {row['query_cpu']:.1f} | {row['query_mb']:,.0f} | {row['csv_mb']:,.1f} "
        f"| {row['cpu']:.1f} | {row['mb']:,.0f} |"
    )


def _run(script: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", f"bench.tables.{Path(script).stem}", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
