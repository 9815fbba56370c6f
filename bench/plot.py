"""A plain line chart as SVG, readable in light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WIDTH, HEIGHT, MARGIN = 720, 300, 48
_COLOURS = ("#2f7ed8", "#d9822b", "#3c9d5d", "#a04fb8")
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    'font-family="system-ui, sans-serif" font-size="12" fill="#777">'
)


def lines(
    file: Path,
    series: Mapping[str, Sequence[float]],
    *,
    title: str,
    across: str,
    up: str,
) -> None:
    """Draw each series over its index; the vertical axis begins at 0."""
    most = max(max(values) for values in series.values()) * 1.1
    count = max(len(values) for values in series.values())
    parts = [_HEAD, _text(WIDTH / 2, 20, title, anchor="middle")]
    for step in range(5):
        value = most * step / 4
        y = _y(value, most)
        parts.append(
            f'<line x1="{MARGIN}" x2="{WIDTH - 12}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="#8884"/>'
        )
        parts.append(_text(MARGIN - 6, y + 4, f"{value:.0f}", anchor="end"))
    for number, (name, values) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(
            f"{_x(index, count):.1f},{_y(value, most):.1f}"
            for index, value in enumerate(values)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" '
            'stroke-width="1.5"/>'
        )
        x = MARGIN + 72 + 170 * number
        parts.append(f'<text x="{x}" y="40" fill="{colour}">{escape(name)}</text>')
    parts.append(_text(WIDTH / 2, HEIGHT - 8, f"{across} (1 to {count})", "middle"))
    parts.append(_text(8, 40, up, "start"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def _x(index: int, count: int) -> float:
    return MARGIN + (WIDTH - MARGIN - 12) * index / max(count - 1, 1)


def _y(value: float, most: float) -> float:
    return HEIGHT - 32 - (HEIGHT - 84) * value / most


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
