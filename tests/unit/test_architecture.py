"""The drawing of the architecture: current, inside its frame, with texts that fit."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from scripts.drawing.architecture import ARROWS, BOXES, FILE, TITLE
from scripts.drawing.shapes import HEIGHT, LINE_HEIGHT, WIDTH, Arrow, Box, drawing

MAX_GAP = 5
"""Between the end of an arrow and its box."""

CHARACTER = 6.6
"""Pixels, on average."""


def test_the_drawing_is_the_one_that_the_script_draws() -> None:
    """`make charts` was run after the last change."""
    drawn = FILE.read_text(encoding="utf-8")
    assert drawn == drawing(TITLE, BOXES, ARROWS)
    ET.fromstring(drawn)  # noqa: S314 - it was made here


@pytest.mark.parametrize("box", BOXES, ids=lambda box: box.title)
def test_a_box_is_inside_the_frame_and_holds_its_text(box: Box) -> None:
    assert 0 <= box.x < box.x + box.width <= WIDTH
    assert 0 <= box.y < box.y + box.height <= HEIGHT
    assert (1 + len(box.lines)) * LINE_HEIGHT < box.height
    assert max(len(line) for line in box.lines) * CHARACTER < box.width


@pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: str(arrow.points[-1]))
def test_an_arrow_ends_at_a_box(arrow: Arrow) -> None:
    x, y = arrow.points[-1]
    assert any(_is_at_edge(box, x, y) for box in BOXES)


def _is_at_edge(box: Box, x: float, y: float) -> bool:
    across = max(box.x - x, x - box.x - box.width, 0)
    down = max(box.y - y, y - box.y - box.height, 0)
    return 0 < across + down <= MAX_GAP
