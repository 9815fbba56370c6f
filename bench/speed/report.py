"""Write the measurements into the documents, as tables and a chart."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import plot
from bench.speed.contest import CONTESTANTS, FLOOR, SHARP, THIS, TUNED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (DOCS / "performance.md", DOCS.parent / "README.md")
CHART = DOCS / "pictures" / "speed.svg"
NAMES = [contestant.name for contestant in CONTESTANTS]


def write(rows: Sequence[Row], machine: Mapping[str, Any]) -> None:
    """Print every table, and update those in the documents."""
    where = f"{machine['processor']}, {machine['cores']} cores"
    tables = {
        "speed": "\n".join(_tables(rows, where)),
        "speed-summary": _summary(rows),
    }
    print(tables["speed"])
    for page in PAGES:
        text = page.read_text()
        for name, table in tables.items():
            text = _between(text, name, table)
        page.write_text(text)
    _draw(rows)


def _between(text: str, name: str, table: str) -> str:
    start, end = f"<!-- {name} -->\n", "<!-- end -->"
    before, marker, rest = text.partition(start)
    if not marker:
        return text
    return f"{before}{start}{table}\n{end}{rest.partition(end)[2]}"


def _tables(rows: Sequence[Row], where: str) -> Iterator[str]:
    yield f"\nMeasured on {where}; CPU time relative to sharp as documented.\n"
    for cores in sorted({row["cores"] for row in rows}):
        for sizes in dict.fromkeys(row["sizes"] for row in rows):
            chosen = [
                row
                for row in rows
                if (row["cores"], row["sizes"]) == (cores, sizes) and not row["growth"]
            ]
            if chosen:
                yield f"### {sizes}, {cores} core{'s' * (cores > 1)}\n"
                yield from _table(chosen)
                yield ""


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| photo | sharp, ms | " + " | ".join(n for n in NAMES if n != SHARP) + " |"
    yield "|" + "---|" * (len(NAMES) + 1)
    for row in rows:
        engines = row["engines"]
        base = engines[SHARP]["cpu"]
        cells = [_ratio(engines.get(name), base) for name in NAMES if name != SHARP]
        yield f"| {row['photo']} | {base:.0f} | {' | '.join(cells)} |"
    yield ""
    yield "This project / sharp; SSIM is similarity to an exact resize, 1 is best:\n"
    yield "| photo | wall, ms | peak, MB | bytes | SSIM | to the floor |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        this, sharp = row["engines"][THIS], row["engines"][SHARP]
        floor = row["engines"].get(FLOOR)
        to_floor = f"{this['cpu'] / floor['cpu']:.2f}" if floor else ""
        yield (
            f"| {row['photo']} | {this['wall']:.0f} / {sharp['wall']:.0f} "
            f"| {this['peak_mb']:.0f} / {sharp['peak_mb']:.0f} "
            f"| {this['bytes']:,} / {sharp['bytes']:,} "
            f"| {this['ssim'] or ''} / {sharp['ssim'] or ''} | {to_floor} |"
        )


def _ratio(engine: Mapping[str, float] | None, base: float) -> str:
    return f"{engine['cpu'] / base:.2f}" if engine else ""


def _summary(rows: Sequence[Row]) -> str:
    """Return the README's table, a line per kind of image: three sizes on one core."""
    kinds = {"JPEG": "j", "PNG": "p", "WebP": "w", "animated GIF": "g"}
    shown = (THIS, SHARP, TUNED, "pyvips", "Pillow, tuned", "plain Wand")
    lines = ["| | " + " | ".join(shown) + " |", "|---|" + "---|" * len(shown)]
    for kind, letter in kinds.items():
        chosen = [
            row["engines"]
            for row in rows
            if row["photo"].startswith(letter)
            and (row["sizes"], row["cores"]) == ("3 sizes", 1)
        ]
        cells = []
        for name in shown:
            ratios = [
                engines[name]["cpu"] / engines[SHARP]["cpu"]
                for engines in chosen
                if name in engines
            ]
            cells.append(f"{median(ratios):.2f}" if ratios else "")
        if chosen:
            lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _draw(rows: Sequence[Row]) -> None:
    growing = [row for row in rows if row["growth"] and row["cores"] == 1]
    if not growing:
        return
    names = (THIS, SHARP, TUNED, "Pillow, tuned")
    plot.curves(
        CHART,
        {
            name: [
                (row["pixels"] / 1e6, row["engines"][name]["cpu"]) for row in growing
            ]
            for name in names
        },
        title="A JPEG into three sizes, one core",
        across="megapixels",
        up="CPU, ms",
    )
