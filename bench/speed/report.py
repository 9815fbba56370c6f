"""Write the measurements into the documents, as tables and charts."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import documents, folders
from bench.drawing import plot
from bench.folders import DOCS, RESULTS, ROOT
from bench.speed import targets
from bench.speed.contest import FAST, FLOOR, NAMES, PILLOW, SHARP, THIS, TUNED, WAND
from bench.speed.inputs import GROWTH
from bench.speed.measure import CHARTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    Row = Mapping[str, Any]
    Results = Mapping[str, Any]

MEASURED = RESULTS / "speed.json"
PERFORMANCE = DOCS / "performance.md"
BY_IMAGE = MEASURED.with_suffix(".md")
README = ROOT / "README.md"
DRAWN = {
    "cpu": ("speed.svg", "CPU time in ms; lower is better"),
    "peak_mb": ("memory.svg", "Peak memory in MB; lower is better"),
}
HUGE = targets.HUGE.values()
NOT_MEASURED = "`make bench` writes the figures here."


def read() -> Results:
    """The results of the last run that measured everything."""
    found: Results = json.loads(MEASURED.read_text())
    return found


def save(results: Results) -> None:
    """Keep the results."""
    MEASURED.write_text(json.dumps(results, indent=1) + "\n")


def write(results: Results) -> None:
    """Update the tables and charts in the documents."""
    for page, name, text in sections(results):
        documents.write(page, name, text)
    draw(results)


def draw(results: Results) -> None:
    """Update the charts."""
    growing = [row for row in results["rows"] if row["kind"] == GROWTH]
    for what, (file, up) in DRAWN.items():
        if growing:
            _draw(growing, what, folders.CHARTS / file, up)


def sections(results: Results) -> Iterator[tuple[Path, str, str]]:
    """The documents' sections: page, name, text."""
    yield PERFORMANCE, "speed", "\n".join(overview(results))
    yield BY_IMAGE, "speed", "\n".join(tables(results))
    yield README, "speed-summary", _summary(results["rows"])


def overview(results: Results) -> Iterator[str]:
    """The lines of the table of targets, and where they were measured."""
    shown = _shown(results)
    if not shown:
        yield NOT_MEASURED
        return
    machine = results["machine"]
    where = f"{machine['processor']}, {machine['cores']} cores"
    yield f"\n{machine['engine']}\nMeasured on {where}.\n"
    yield from targets.table(shown)


def tables(results: Results) -> Iterator[str]:
    """The lines of the tables of each image."""
    compared = [row for row in _shown(results) if row["kind"] not in HUGE]
    if not compared:
        yield NOT_MEASURED
        return
    groups: dict[tuple[int, str], list[Row]] = {}
    for row in compared:
        groups.setdefault((row["cores"], row["sizes"]), []).append(row)
    for (cores, sizes), chosen in sorted(groups.items()):
        yield f"\n## {sizes}, {cores} core{'s' * (cores > 1)}\n"
        yield from _table(chosen)


def _shown(results: Results) -> list[Row]:
    return [row for row in results["rows"] if row["kind"] != GROWTH]


def _table(rows: Sequence[Row]) -> Iterator[str]:
    engines = [name for name in NAMES if any(name in row["engines"] for row in rows)]
    columns = [name for name in engines if name != SHARP]
    yield f"| photo | sharp, ms | {' | '.join(columns)} |"
    yield "|" + "---|" * (len(columns) + 2)
    for row in rows:
        name, base = _base(row)
        cells = [_ratio(row["engines"].get(name), base) for name in columns]
        note = "" if name == SHARP else f" ({name})"
        yield f"| {row['photo']} | {base['cpu']:.0f}{note} | {' | '.join(cells)} |"
    yield "\nThis project / sharp; SSIM is similarity to an exact resize, 1 is best:\n"
    yield "| photo | wall, ms | peak, MB | bytes | SSIM | to the floor |"
    yield "|---|---|---|---|---|---|"
    yield from map(_details, rows)


def _base(row: Row) -> tuple[str, Mapping[str, Any]]:
    """The engine that the others are compared with: Pillow if sharp cannot read it."""
    name = SHARP if SHARP in row["engines"] else PILLOW
    return name, row["engines"][name]


def _ratio(engine: Mapping[str, float] | None, base: Mapping[str, float]) -> str:
    return f"{engine['cpu'] / base['cpu']:.2f}" if engine else ""


def _details(row: Row) -> str:
    this, (_, base) = row["engines"][THIS], _base(row)
    floor = row["engines"].get(FLOOR)
    return (
        f"| {row['photo']} | {this['wall']:.0f} / {base['wall']:.0f} "
        f"| {this['peak_mb']:.0f} / {base['peak_mb']:.0f} "
        f"| {this['bytes']:,} / {base['bytes']:,} "
        f"| {this['ssim'] or ''} / {base['ssim'] or ''} "
        f"| {_ratio(this, floor) if floor else ''} |"
    )


def _summary(rows: Sequence[Row]) -> str:
    """Return the README's table, a line per kind of image: three sizes on one core."""
    kinds = {"JPEG": "j", "PNG": "p", "WebP": "w", "animated GIF": "g"}
    shown = (THIS, TUNED, "pyvips", PILLOW, FAST, WAND)
    lines = ["| | " + " | ".join(shown) + " |", "|---|" + "---|" * len(shown)]
    for kind, letter in kinds.items():
        chosen = [
            row["engines"]
            for row in rows
            if row["photo"].startswith(letter)
            and row["kind"] not in HUGE
            and (row["sizes"], row["cores"]) == (targets.THREE, 1)
        ]
        if chosen:
            cells = " | ".join(_median(chosen, name) for name in shown)
            lines.append(f"| {kind} | {cells} |")
    return "\n".join(lines) if lines[2:] else NOT_MEASURED


def _median(engines: Sequence[Mapping[str, Any]], name: str) -> str:
    ratios = [
        each[name]["cpu"] / each[SHARP]["cpu"] for each in engines if name in each
    ]
    return f"{median(ratios):.2f}" if ratios else ""


def _draw(rows: Sequence[Row], what: str, file: Path, up: str) -> None:
    plot.curves(
        file,
        {
            name: [(row["pixels"] / 1e6, row["engines"][name][what]) for row in rows]
            for name in CHARTED
        },
        title="A JPEG into three sizes, on one core",
        across="MP",
        up=up,
    )
