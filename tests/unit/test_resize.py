"""Resizing by either resampler: no shift, no bleeding, no invented colours."""

from __future__ import annotations

import gc
import json
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.resizing import resample, resize, resize_plan
from resize_on_upload.sizes.geometry import Geometry
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import Size
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable

Pixel = tuple[int, ...]
SIDES = st.integers(1, 90)
SIZE = Size("x", Geometry("x"))


@pytest.fixture(params=["resampler", "imagemagick"], autouse=True)
def _resampler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "imagemagick":
        monkeypatch.setattr(resample, "is_built", lambda: False)
    elif not resample.is_built():
        pytest.skip("the resampler is not built: no C compiler")


def _resized(
    width: int, height: int, colour: Callable[[int, int], Pixel], *to: int
) -> list[Pixel]:
    """The pixels of a drawn image, resized to `to`."""
    rows = [[colour(x, y) for x in range(width)] for y in range(height)]
    plan = resize_plan.ResizePlan(
        width,
        height,
        8,
        (resize_plan.Target((SIZE,), *to),),
    )
    channels = "RGBA" if len(rows[0][0]) == 4 else "RGB"
    with magick.Image(blob=images.png_of(rows), format="png") as image:
        ((_, made),) = resize.each(image, plan, {SIZE})
        with made:
            assert made.size == to
            raw = magick.pixels(made, channels).raw
    step = len(channels)
    count = to[0] * to[1]
    return [tuple(raw[i * step : i * step + step]) for i in range(count)]


@settings(max_examples=40)
@given(SIDES, SIDES, SIDES, SIDES, st.tuples(*[st.integers(0, 255)] * 3))
def test_one_colour_stays_that_colour(
    width: int, height: int, across: int, down: int, colour: Pixel
) -> None:
    found = _resized(width, height, lambda *_: colour, across, down)
    assert set(found) == {colour}


def test_a_single_pixel_is_the_average_of_all() -> None:
    """Not just one of them, as is left in the decoded image."""

    def halves(x: int, _: int) -> Pixel:
        return (0, 0, 0) if x < 20 else (200, 100, 50)

    ((red, green, blue),) = _resized(40, 40, halves, 1, 1)
    assert (red, green, blue) == pytest.approx((100, 50, 25), abs=2)


@settings(max_examples=40)
@given(st.integers(8, 90), st.integers(4, 90))
def test_nothing_moves(width: int, to: int) -> None:
    """A ramp keeps its centre: no shift to either side."""
    found = _resized(width, 2, lambda x, _: (round(255 * x / (width - 1)),) * 3, to, 2)
    row = [pixel[0] for pixel in found[:to]]
    assert sum(row) / len(row) == pytest.approx(127.5, abs=1.5)
    assert row == sorted(row) or to > width


def test_hidden_colours_do_not_bleed() -> None:
    """A green disc on transparent red has no red at its edge."""

    def disc(x: int, y: int) -> Pixel:
        inside = (x - 30) ** 2 + (y - 30) ** 2 < 400
        return (0, 200, 0, 255) if inside else (255, 0, 0, 0)

    for red, green, blue, alpha in _resized(60, 60, disc, 17, 17):
        if alpha > 8:
            assert (red, blue) == (0, 0)
            assert abs(green - 200) * alpha / 255 < 3


def test_both_resamplers_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the resampler is not built, ImageMagick makes the same image."""
    noise = random.Random(3)  # noqa: S311 - the same every time
    rows = [[noise.randrange(256) for _ in range(24)] for _ in range(18)]

    def smooth(x: int, y: int) -> Pixel:
        return (rows[y // 10][x // 10], rows[x // 16][y // 16], (x + y) % 256)

    one = _resized(240, 180, smooth, 50, 38)
    monkeypatch.setattr(resample, "is_built", lambda: False)
    other = _resized(240, 180, smooth, 50, 38)
    apart = [
        abs(a - b)
        for p, q in zip(one, other, strict=True)
        for a, b in zip(p, q, strict=True)
    ]
    assert sum(apart) / len(apart) < 1


@pytest.mark.parametrize("fmt", ["png", "gif"])
def test_no_pixels_wait_for_the_garbage_collector(fmt: str) -> None:
    """A circle of references would keep those of several images in memory."""
    sizes = parse(json.dumps({"sizes": ["40x", "20x", "10x"], "format": fmt}))
    gc.collect()
    gc.disable()
    try:
        make_variants(images.png(200, 100), sizes)
        left = [one for one in gc.get_objects() if isinstance(one, resample.Pixels)]
    finally:
        gc.enable()
    assert not left
