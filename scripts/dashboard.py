"""Draw the dashboard with example data, from the template: `make pictures`.

AWS draws it in the console only; the widgets, their places, titles, units and metrics
are those of the template.
"""

from __future__ import annotations

import json
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.drawing.axes import axis
from local.deployment import deploy
from scripts.drawing.example_metrics import HOURS, examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.drawing.axes import Axis

    Box = tuple[int, int, int, int]
    """Left, top, width and height."""

FILE = Path(__file__).parent.parent / "docs" / "pictures" / "dashboard.svg"
TITLE = "The dashboard of a stack with delivery, drawn with example data"

_CELL_X, _CELL_Y, _TOP = 50, 34, 44
_INK, _GREY, _LINE = "#1f2328", "#6e7781", "#d0d7de"
_COLOURS = ("#2f7ed8", "#bf6a12", "#3a8f57", "#a04fb8", "#c33")


def main() -> None:
    """Write the drawing."""
    with tempfile.TemporaryDirectory() as folder:
        path = deploy.synth(Path(folder), {"delivery": "true"})
        FILE.write_text(drawing(json.loads(path.read_text())), encoding="utf-8")
    print(FILE)


def drawing(template: dict[str, Any]) -> str:
    """Return the SVG."""
    widgets = _widgets(template)
    height = _TOP + max(one["y"] + one["height"] for one in widgets) * _CELL_Y + 8
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * _CELL_X} '
        f'{height}" role="img" font-family="system-ui, sans-serif" font-size="11">'
    )
    parts = [part for one in widgets for part in _widget(one)]
    note = _text(8, 26, TITLE, size=16, fill=_GREY)
    return "\n".join([head, f"<title>{TITLE}</title>", note, *parts, "</svg>\n"])


def _widgets(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The widgets of the template, with the logical id of each resource as its name."""
    (body,) = (
        one["Properties"]["DashboardBody"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::CloudWatch::Dashboard"
    )
    found: list[dict[str, Any]] = json.loads(_resolved(body))["widgets"]
    return found


def _resolved(value: Any) -> str:
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_resolved, parts))
        case {"Fn::GetAtt": [name, _]} | {"Ref": name}:
            return str(name)
    return str(value)


def _widget(widget: dict[str, Any]) -> Iterator[str]:
    x, y = widget["x"] * _CELL_X + 4, _TOP + widget["y"] * _CELL_Y + 4
    width, height = widget["width"] * _CELL_X - 8, widget["height"] * _CELL_Y - 8
    yield (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="#fff" '
        f'stroke="{_LINE}"/>'
    )
    properties = widget["properties"]
    yield _text(x + 10, y + 18, properties["title"], size=13, weight=600)
    if widget["type"] == "alarm":
        yield from _alarms(properties["alarms"], x + 10, y + 44)
    else:
        yield from _graph(properties, (x, y, width, height))


def _alarms(names: list[str], x: float, y: float) -> Iterator[str]:
    """Twelve alarms in two rows; that of the incident is over."""
    for number, name in enumerate(names):
        at, row = x + number % 6 * 195, y + number // 6 * 24
        yield f'<circle cx="{at + 5}" cy="{row - 4}" r="5" fill="#3a8f57"/>'
        yield _text(at + 16, row, name.removeprefix("Monitoring")[:-8], size=12)


def _graph(properties: dict[str, Any], box: Box) -> Iterator[str]:
    """The hours, the axis and lines of each side, and the names of the lines."""
    x, y, width, height = box
    for hour in range(0, HOURS + 1, 6):
        at = _across(box, hour)
        yield _text(at, y + height - 24, f"{hour:02d}:00", anchor="middle")
    series = list(examples(properties["metrics"]))
    for side, sign in (("left", 0), ("right", 1)):
        lines = {n: one[2] for n, one in enumerate(series) if one[1] == side}
        if lines:
            scale = axis(max(map(max, lines.values())) or 1, y + height - 38, y + 44)
            end = ("start", "end")[sign]
            label = properties["yAxis"][side]["label"]
            at = x + 10 + sign * (width - 20)
            yield _text(at, y + 36, label, anchor=end, weight=600)
            yield from _ticks(scale, box, side)
            yield from (_line(scale, box, *one) for one in lines.items())
    yield from _legend([name for name, _, _ in series], x + 52, y + height - 10)


def _ticks(scale: Axis, box: Box, side: str) -> Iterator[str]:
    left, right = _across(box, 0), _across(box, HOURS)
    for value in scale.values:
        y = scale.at(value)
        if side == "right":
            yield _text(right + 6, y + 4, _short(value))
            continue
        yield _text(left - 6, y + 4, _short(value), anchor="end")
        yield (
            f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{_LINE}"/>'
        )


def _line(scale: Axis, box: Box, number: int, values: list[float]) -> str:
    points = " ".join(
        f"{_across(box, hour):.1f},{scale.at(one):.1f}"
        for hour, one in enumerate(values)
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{_COLOURS[number]}" '
        'stroke-width="1.6"/>'
    )


def _across(box: Box, hour: int) -> float:
    return box[0] + 52 + (box[2] - 96) * hour / HOURS


def _legend(names: list[str], x: float, y: float) -> Iterator[str]:
    for number, name in enumerate(names):
        yield (
            f'<rect x="{x:.1f}" y="{y - 8}" width="8" height="8" '
            f'fill="{_COLOURS[number]}"/>'
        )
        yield _text(x + 12, y, name)
        x += 26 + 6.8 * len(name)


def _short(value: float) -> str:
    """A number with its thousands as k, M or G."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _text(x: float, y: float, text: str, **style: str | int) -> str:
    """A text; style has `anchor`, `size`, `fill` and `weight`."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{style.get("anchor", "start")}" '
        f'font-size="{style.get("size", 11)}" fill="{style.get("fill", _INK)}" '
        f'font-weight="{style.get("weight", 400)}">{escape(text)}</text>'
    )


if __name__ == "__main__":
    main()
