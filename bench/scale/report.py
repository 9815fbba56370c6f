"""The measurements in bench/results/scale.json, their table and their chart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench import documents, folders
from bench.drawing import plot
from bench.folders import DOCS, RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Row = dict[str, Any]

MEASURED = RESULTS / "scale.json"
BEFORE, NOW = "before", "now"

_COLUMNS = (
    *("originals", "version", "manifests", "pages", "HEADs"),
    *("CPU, s", "CPU per original, ms", "elapsed, s", "memory, MB"),
)


def read() -> list[Row]:
    """Return the last measurements."""
    if not MEASURED.exists():
        return []
    rows: list[Row] = json.loads(MEASURED.read_text())
    return rows


def replaced(rows: Iterable[Row], row: Row) -> list[Row]:
    """Return the rows with one in place of an earlier one of the same."""
    found = {_place(one): one for one in rows} | {_place(row): row}
    return [found[place] for place in sorted(found)]


def _place(row: Row) -> tuple[int, bool, str]:
    return row["originals"], row["manifest"], row["version"]


def write(rows: Sequence[Row]) -> None:
    """Write the rows, and what the documents have of them."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    MEASURED.write_text(f"[\n{lines}\n]\n")
    documents.write(DOCS / "performance.md", "scale", table(rows))
    draw(rows)


def table(rows: Iterable[Row]) -> str:
    """Return the table of the document."""
    head = [f"| {' | '.join(_COLUMNS)} |", "|" + "---|" * len(_COLUMNS)]
    return "\n".join([*head, *map(line, rows)])


def line(row: Row) -> str:
    """Return a row of the table."""
    pages = row["version_pages"] + row["object_pages"]
    manifest = "yes" if row["manifest"] else "no"
    per_key = row["cpu"] / row["originals"] * 1_000
    return (
        f"| {row['originals']:,} | {row['version']} | {manifest} | {pages:,} "
        f"| {row['heads']:,} | {row['cpu']:,.1f} | {per_key:.2f} | {row['wall']:,.1f} "
        f"| {row['mb']:.0f} |"
    )


def draw(rows: Iterable[Row]) -> None:
    """Draw docs/pictures/scale.svg."""
    series: dict[str, list[tuple[float, float]]] = {
        "now, manifests": [],
        "now": [],
        "before": [],
        "before, manifests": [],
    }
    for row in rows:
        name = row["version"] + (", manifests" if row["manifest"] else "")
        series[name].append((row["originals"], row["cpu"]))
    plot.log_curves(
        folders.CHARTS / "scale.svg",
        {name: points for name, points in series.items() if points},
        title="plan: CPU time by the number of originals, three sizes each",
        across="originals",
        up="seconds; less is better",
    )
