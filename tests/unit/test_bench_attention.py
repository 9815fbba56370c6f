"""How `make attention` compares crops."""

from __future__ import annotations

import pytest

from bench.attention.comparison import CENTER, THIS, VIPS, Crop
from bench.attention.photos import PHOTOS
from bench.peers import loop

BOXES = {
    THIS: (0.0, 0.0, 0.5, 1.0),
    VIPS: (0.4, 0.0, 0.5, 1.0),
    CENTER: (0.25, 0.0, 0.5, 1.0),
}


@pytest.mark.parametrize(
    ("subject", "this", "vips"),
    [
        ((0.1, 0.2, 0.4, 0.6), 1.0, 0.0),
        ((0.3, 0.0, 0.5, 1.0), 1.0, 0.5),
        ((0.0, 0.0, 1.0, 1.0), 1.0, 1.0),  # wider than any crop
        ((0.6, 0.0, 0.8, 0.5), 0.0, 1.0),
    ],
)
def test_what_a_crop_shows_of_a_subject(
    subject: tuple[float, float, float, float], this: float, vips: float
) -> None:
    crop = Crop(BOXES, subject)
    assert crop.shown(THIS) == pytest.approx(this)
    assert crop.shown(VIPS) == pytest.approx(vips)
    assert crop.distance == pytest.approx(0.4)


def test_subjects_are_boxes_in_their_photo() -> None:
    for left, top, right, bottom in filter(None, PHOTOS.values()):
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


def test_boxes_are_as_large_as_they_can_be() -> None:
    assert loop.box((300, 200), 1) == (200, 200)
    assert loop.box((300, 200), 2) == (300, 150)
    assert loop.box((300, 200), 0.5) == (100, 200)
    assert loop.box((300, 1), 0.5) == (1, 1)
