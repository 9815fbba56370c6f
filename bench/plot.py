"""A plain line chart as SVG, readable in light and dark mode."""

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


def curves(
    file: Path,
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    title: str,
    across: str,
    up: str,
) -> None:
    """Draw each series of (x, y); both axes begin at 0."""
    points = [point for values in series.values() for point in values]
    right, top = (max(values) for values in zip(*points, strict=True))
    top *= 1.1
    parts = [_HEAD, _text(WIDTH / 2, 20, title, anchor="middle")]
    for step in range(5):
        value = top * step / 4
        y = _y(value, top)
        parts.append(
            f'<line x1="{MARGIN}" x2="{WIDTH - 12}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="#8884"/>'
        )
        parts.append(_text(MARGIN - 6, y + 4, f"{value:.0f}", anchor="end"))
        share = right * step / 4
        parts.append(_text(_x(share, right), HEIGHT - 18, f"{share:.0f}", "middle"))
    for number, (name, values) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        line = " ".join(f"{_x(x, right):.1f},{_y(y, top):.1f}" for x, y in values)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" '
            'stroke-width="1.5"/>'
        )
        x = MARGIN + 72 + 150 * number
        parts.append(f'<text x="{x}" y="40" fill="{colour}">{escape(name)}</text>')
    parts.append(_text(WIDTH / 2, HEIGHT - 3, across, "middle"))
    parts.append(_text(8, 40, up, "start"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def _x(value: float, most: float) -> float:
    return MARGIN + (WIDTH - MARGIN - 16) * value / most


def _y(value: float, most: float) -> float:
    return HEIGHT - 36 - (HEIGHT - 88) * value / most


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
