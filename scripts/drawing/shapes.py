"""Boxes and arrows as SVG.

Boxes have their own background, and lines a grey of medium brightness: a drawing is
readable on light and on dark pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDTH, HEIGHT = 900, 600
LINE_HEIGHT = 17

_GREY = "#7d8590"
_INK = "#1f2328"
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    'role="img" font-family="system-ui, sans-serif" font-size="13">'
    '<defs><marker id="end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
    f'markerHeight="8" orient="auto"><path d="M0,0 L10,5 L0,10 Z" fill="{_GREY}"/>'
    "</marker></defs>"
)
_COLOURS = {  # fill and outline
    "person": ("#eef0f2", "#8b949e"),
    "bucket": ("#dff3e4", "#3a8f57"),
    "function": ("#ffe9d1", "#bf6a12"),
    "decoder": ("#fff8ef", "#bf6a12"),
    "queue": ("#fbf0c4", "#9a7d0a"),
    "service": ("#e6e8fb", "#5a63c7"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the stack, or someone who uses it.

    Attributes:
        optional: Whether a setting adds it: its outline is dashed.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """Something that goes from one box to another.

    Attributes:
        points: Corners of the line.
        label: Its text, with a line each.
        at: Where the text begins, or its middle or end by `anchor`.
    """

    points: tuple[tuple[float, float], ...]
    label: tuple[str, ...] = ()
    at: tuple[float, float] = (0, 0)
    anchor: str = "middle"
    optional: bool = False


def drawing(title: str, boxes: Iterable[Box], arrows: Iterable[Arrow]) -> str:
    """Return the SVG; boxes are drawn over the arrows."""
    lines = [part for arrow in arrows for part in _arrow(arrow)]
    shapes = [part for box in boxes for part in _box(box)]
    at = (20, HEIGHT - 4)
    note = _text(at, "dashed: only if a setting turns it on", _GREY, "start")
    named = f"<title>{escape(title)}</title>"
    return "\n".join([_HEAD, named, *lines, *shapes, note, "</svg>\n"])


def _box(box: Box) -> Iterator[str]:
    fill, outline = _COLOURS[box.kind]
    style = (
        f'fill="{fill}" stroke="{outline}" stroke-width="1.5"{_dashes(box.optional)}'
    )
    yield _cylinder(box, style) if box.kind == "bucket" else _rectangle(box, style)
    middle = box.x + box.width / 2
    rows = 1 + len(box.lines)
    first = box.y + (box.height - rows * LINE_HEIGHT) / 2 + 13
    if box.kind == "bucket":
        first += 8
    if box.title == "Function":
        first = box.y + 24
    yield _text((middle, first), box.title, _INK, "middle", bold=True)
    for row, line in enumerate(box.lines, start=1):
        yield _text((middle, first + row * LINE_HEIGHT), line, _INK, "middle")


def _rectangle(box: Box, style: str) -> str:
    radius = box.height / 2 if box.kind == "person" else 8
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" '
        f'rx="{radius}" {style}/>'
    )


def _cylinder(box: Box, style: str) -> str:
    left, right, top, bottom = (
        box.x,
        box.x + box.width,
        box.y + 10,
        box.y + box.height - 10,
    )
    arc = f"{box.width / 2} 10 0 0"
    body = f"M{left},{top} A{arc} 1 {right},{top} V{bottom} A{arc} 1 {left},{bottom} Z"
    lid = f"M{left},{top} A{arc} 0 {right},{top}"
    return f'<path d="{body}" {style}/><path d="{lid}" {style}/>'


def _arrow(arrow: Arrow) -> Iterator[str]:
    points = " ".join(f"{x},{y}" for x, y in arrow.points)
    yield (
        f'<polyline points="{points}" fill="none" stroke="{_GREY}" stroke-width="1.8" '
        f'stroke-linejoin="round" marker-end="url(#end)"{_dashes(arrow.optional)}/>'
    )
    for row, line in enumerate(arrow.label):
        x, y = arrow.at
        yield _text((x, y + row * LINE_HEIGHT), line, _GREY, arrow.anchor)


def _dashes(optional: bool) -> str:  # noqa: FBT001 - it is the only argument
    return ' stroke-dasharray="6 4"' if optional else ""


def _text(
    at: tuple[float, float], text: str, fill: str, anchor: str, *, bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{at[0]:g}" y="{at[1]:g}" fill="{fill}" '
        f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )
