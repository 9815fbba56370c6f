"""A line chart as SVG, readable on light and dark pages."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from bench.drawing.axes import axis, decades

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.drawing.axes import Axis, Decades

    Point = tuple[float, float]
    AnyAxis = Axis | Decades

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 52, 632, 72, 300
"""The box of the lines; their names are to the right of it."""

LINE = 15
"""Between two names that would overlap."""

MAX_DOTS = 20
"""Points of a line that are marked."""

_COLOURS = ("#2f7ed8", "#bf6a12", "#3a8f57", "#a04fb8")
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    'role="img" font-family="system-ui, sans-serif" font-size="13" fill="#6e7781">'
)


def curves(
    file: Path,
    series: Mapping[str, Sequence[Point]],
    *,
    title: str,
    across: str,
    up: str,
) -> None:
    """Draw each series of (x, y); both axes begin at 0.

    Args:
        file: Where to write.
        series: Name → points, the most important first.
        title: What is measured.
        across: The unit of x, after its last tick.
        up: What y is, in which unit, and which end is better.
    """
    rights, tops = _values(series)
    x, y = axis(max(rights), LEFT, RIGHT), axis(max(tops), BOTTOM, TOP)
    names = _names(series, y, dict.fromkeys(series, float(RIGHT)))
    lines = [*_grid(x, y, across), *_lines(series, x, y), *names]
    _write(file, _head(title, up), lines)


def log_curves(
    file: Path,
    series: Mapping[str, Sequence[Point]],
    *,
    title: str,
    across: str,
    up: str,
) -> None:
    """Draw each series likewise, on axes of powers of ten; each may end elsewhere."""
    rights, tops = _values(series)
    x, y = decades(rights, LEFT, RIGHT), decades(tops, BOTTOM, TOP)
    ends = {name: x.at(values[-1][0]) for name, values in series.items()}
    lines = [*_grid(x, y, across), *_lines(series, x, y), *_names(series, y, ends)]
    _write(file, _head(title, up), lines)


def _values(
    series: Mapping[str, Sequence[Point]],
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    points = [point for values in series.values() for point in values]
    rights, tops = zip(*points, strict=True)
    return rights, tops


def _head(title: str, up: str) -> list[str]:
    return [
        f"<title>{escape(title)}: {escape(up)}</title>",
        f'<text x="8" y="24" font-size="16" font-weight="600">{escape(title)}</text>',
        _text(8, 46, up, "start"),
    ]


def _write(file: Path, heads: Sequence[str], lines: Sequence[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([_HEAD, *heads, *lines, "</svg>\n"]), encoding="utf-8")


def _grid(x: AnyAxis, y: AnyAxis, across: str) -> Iterator[str]:
    for value in y.values:
        at = y.at(value)
        yield (
            f'<line x1="{LEFT}" x2="{RIGHT}" y1="{at:.1f}" y2="{at:.1f}" '
            'stroke="#8884"/>'
        )
        yield _text(LEFT - 8, at + 4, _number(value), "end")
    for value in x.values:
        unit = f" {across}" if value == x.values[-1] else ""
        yield _text(x.at(value), BOTTOM + 20, f"{_number(value)}{unit}", "middle")


def _lines(
    series: Mapping[str, Sequence[Point]], x: AnyAxis, y: AnyAxis
) -> Iterator[str]:
    """Yield the last first: the most important one is drawn over the others."""
    for number, values in reversed([*enumerate(series.values())]):
        colour, wide = _colour(number), 2 if number else 3
        at = [(x.at(across), y.at(up)) for across, up in values]
        line = " ".join(f"{across:.1f},{up:.1f}" for across, up in at)
        yield (
            f'<polyline points="{line}" fill="none" stroke="{colour}" '
            f'stroke-width="{wide}" stroke-linejoin="round"/>'
        )
        for across, up in at if len(at) <= MAX_DOTS else ():
            yield (
                f'<circle cx="{across:.1f}" cy="{up:.1f}" r="{wide}" fill="{colour}"/>'
            )


def _names(
    series: Mapping[str, Sequence[Point]], y: AnyAxis, rights: Mapping[str, float]
) -> Iterator[str]:
    """Yield each name at the end of its line, to the right of these places."""
    ends = {name: y.at(values[-1][1]) for name, values in series.items()}
    places = apart(list(ends.values()))
    for number, (name, place) in enumerate(zip(ends, places, strict=True)):
        bold = "" if number else ' font-weight="600"'
        yield (
            f'<text x="{rights[name] + 10:.5g}" y="{place + 4:.1f}" '
            f'fill="{_colour(number)}"{bold}>{escape(name)}</text>'
        )


def apart(places: Sequence[float]) -> list[float]:
    """Return places that are at least LINE apart, in the same order, near these."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + LINE)
    excess = max(moved[order[-1]] - BOTTOM, 0)
    for after, before in pairwise(reversed(order)):
        moved[after] -= excess
        excess = max(moved[before] + LINE - moved[after], 0)
    moved[order[0]] -= excess
    return moved


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100_000 else f"{value:,g}"


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
