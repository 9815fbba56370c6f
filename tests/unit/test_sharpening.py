"""Sharpening: no halo, no fringe, the same bytes everywhere."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.sharpness.ways import CHOSEN, WAYS
from resize_on_upload.imaging.resizing import resample
from resize_on_upload.imaging.resizing.sharpening import LIMIT
from tests.support import sharpened
from tests.support.sharpened import Raster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.runtime import Runtime

    Sharpen = Callable[[Raster, float], bytes]

AMOUNTS = (0.3, 1, 2)
BUILT = pytest.mark.skipif(
    not resample.is_built(), reason="the resampler is not built: no C compiler"
)
BOTH = pytest.mark.parametrize(
    "sharpen",
    [pytest.param(sharpened.by_c, marks=BUILT), sharpened.by_imagemagick],
    ids=["c", "imagemagick"],
)
SIDES = st.integers(1, 12)
BYTES = st.integers(0, 255)


def _raster(
    width: int,
    height: int,
    colour: Callable[[int, int], tuple[int, ...]],
) -> Raster:
    pixels = [colour(x, y) for y in range(height) for x in range(width)]
    alpha = len(pixels[0]) == 4
    values = b"".join(bytes(pixel if alpha else (*pixel, 255)) for pixel in pixels)
    return Raster(width, height, alpha, values)


def _noise(x: int, y: int) -> tuple[int, ...]:
    return tuple(random.Random(1_000 * y + x).randbytes(3))  # noqa: S311 - the same every time


def _disc(x: int, y: int) -> tuple[int, ...]:
    """Green, fading at its edge; hidden red outside."""
    alpha = max(0, min(255, 2_000 - 6 * ((x - 20) ** 2 + (y - 20) ** 2)))
    return (0, 200, 0, alpha) if alpha else (255, 0, 0, 0)


RASTERS = {
    "noise": _raster(40, 30, _noise),
    "noise with alpha": _raster(40, 30, lambda x, y: (*_noise(x, y), _noise(y, x)[0])),
    "ramp": _raster(60, 3, lambda x, _: (4 * x, x, 240 - 4 * x)),
    "edges": _raster(30, 30, lambda x, y: (230, 20, 30) if x // 6 % 2 else (20, y, y)),
    "disc": _raster(40, 40, _disc),
    "one pixel": _raster(1, 1, lambda *_: (1, 2, 3)),
    "one column": _raster(1, 9, _noise),
    "one row": _raster(9, 1, _noise),
}


def _around(raster: Raster, at: int, values: bytes | None = None) -> Iterator[int]:
    """The values of a channel around an index, those outside repeated from inside."""
    width, height, _, own = raster
    x, y = at // 4 % width, at // 4 // width
    for row in range(y - 1, y + 2):
        for column in range(x - 1, x + 2):
            inside = min(max(row, 0), height - 1) * width + min(
                max(column, 0), width - 1
            )
            yield (values or own)[4 * inside + at % 4]


def _exact(raster: Raster, amount: float) -> bytes:
    """What sharpen.c has to make of an opaque raster, slowly."""
    gain, made = round(amount * 1_024), bytearray(raster.values)
    for at, value in enumerate(raster.values):
        around = [*_around(raster, at)]
        average = sum(
            weight * one
            for weight, one in zip((1, 2, 1, 2, 4, 2, 1, 2, 1), around, strict=True)
        )
        # Sixteenths of a level times 2048ths, rounded half up.
        more = ((16 * value - average) * gain + 16_384) // 32_768
        least, most = max(min(around) - LIMIT, 0), min(max(around) + LIMIT, 255)
        made[at] = min(max(value + more, least), most)
    return bytes(made)


def _apart(raster: Raster, one: bytes, other: bytes) -> list[float]:
    """How far colours, as seen, and alpha differ."""
    return [
        abs(a - b) * (max(one[at | 3], other[at | 3]) / 255 if at % 4 < 3 else 1)
        for at, (a, b) in enumerate(zip(one, other, strict=True))
        if raster.alpha or at % 4 < 3
    ]


def _check_same(raster: Raster, amount: float, by_c: bytes, by_other: bytes) -> None:
    if not raster.alpha:
        assert by_c == _exact(raster, amount)
        assert by_other == by_c
    apart = _apart(raster, by_c, by_other)
    assert max(apart) < 2.5
    assert sum(apart) / len(apart) < 0.3


@BUILT
@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("name", RASTERS)
def test_the_bytes_are_exact_and_imagemagick_agrees(name: str, amount: float) -> None:
    raster = RASTERS[name]
    made = sharpened.by_c(raster, amount), sharpened.by_imagemagick(raster, amount)
    _check_same(raster, amount, *made)


@BUILT
@pytest.mark.image
@pytest.mark.parametrize("amount", AMOUNTS)
def test_the_container_image_gives_the_same_bytes(
    image: Runtime, amount: float
) -> None:
    for name, made in sharpened.inside(image, RASTERS, amount).items():
        _check_same(RASTERS[name], amount, *made)
        assert made[0] == sharpened.by_c(RASTERS[name], amount)


@BOTH
@settings(max_examples=20)
@given(SIDES, SIDES, st.tuples(BYTES, BYTES, BYTES), st.sampled_from(AMOUNTS))
def test_one_colour_stays_that_colour(
    sharpen: Sharpen, width: int, height: int, colour: tuple[int, ...], amount: float
) -> None:
    raster = _raster(width, height, lambda *_: colour)
    assert sharpen(raster, amount) == raster.values


@st.composite
def _opaque(draw: st.DrawFn) -> Raster:
    width, height = draw(SIDES), draw(SIDES)
    count = width * height
    colours = draw(
        st.lists(st.binary(min_size=3, max_size=3), min_size=count, max_size=count)
    )
    values = b"".join(one + b"\xff" for one in colours)
    return Raster(width, height, alpha=False, values=values)


@BOTH
@settings(max_examples=40)
@given(_opaque(), st.sampled_from(AMOUNTS))
def test_no_value_passes_those_around_it_by_more_than_the_limit(
    sharpen: Sharpen, raster: Raster, amount: float
) -> None:
    for at, value in enumerate(sharpen(raster, amount)):
        around = [*_around(raster, at)]
        assert min(around) - LIMIT <= value <= max(around) + LIMIT


@BOTH
@pytest.mark.parametrize("amount", AMOUNTS)
def test_a_pixel_changes_only_those_next_to_it(sharpen: Sharpen, amount: float) -> None:
    """So the work per pixel is the same for every amount and size."""
    raster, at = RASTERS["noise"], 4 * (40 * 15 + 20)
    changed = bytearray(raster.values)
    changed[at : at + 3] = bytes(255 - value for value in changed[at : at + 3])
    one = sharpen(raster, amount)
    other = sharpen(raster._replace(values=bytes(changed)), amount)
    pixels = {index // 4 for index in range(len(one)) if one[index] != other[index]}
    places = {(pixel % 40 - 20, pixel // 40 - 15) for pixel in pixels}
    assert places <= {(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    assert (0, 0) in places


@BOTH
def test_grey_stays_grey(sharpen: Sharpen) -> None:
    raster = _raster(20, 20, lambda x, y: (_noise(x, y)[0],) * 3)
    values = sharpen(raster, 1)
    assert values[::4] == values[1::4] == values[2::4] != raster.values[::4]


@BOTH
@pytest.mark.parametrize("amount", AMOUNTS)
def test_transparency_has_no_fringe(sharpen: Sharpen, amount: float) -> None:
    """One colour stays it, and its edge gets steeper."""
    raster = RASTERS["disc"]
    values = sharpen(raster, amount)
    for at in range(0, len(values), 4):
        red, green, blue, alpha = values[at : at + 4]
        around = [*_around(raster, at + 3)]
        assert min(around) <= alpha <= max(around)
        assert max(red, blue) * alpha / 255 < 1
        assert abs(green - 200) * alpha / 255 < 2
    assert values[3::4] != raster.values[3::4]


@BOTH
def test_an_opaque_part_is_sharpened_as_an_opaque_image(sharpen: Sharpen) -> None:
    opaque = RASTERS["noise"]
    with_hole = bytearray(opaque.values)
    with_hole[3] = 0
    one, other = (
        sharpen(opaque, 1),
        sharpen(opaque._replace(alpha=True, values=bytes(with_hole)), 1),
    )
    far = 4 * 40 * 3
    assert one[far:] == other[far:]


@BOTH
def test_edges_get_steeper(sharpen: Sharpen) -> None:
    raster = _raster(
        9, 1, lambda x, _: ((40, 40, 40, 80, 120, 160, 200, 200, 200)[x],) * 3
    )
    made = [sharpen(raster, amount)[::4] for amount in (0, *AMOUNTS)]
    assert made[0] == raster.values[::4]
    steps = [max(b - a for a, b in pairwise(row)) for row in made]
    assert steps == sorted(set(steps))


@BUILT
@pytest.mark.parametrize("name", [n for n, one in RASTERS.items() if not one.alpha])
def test_the_way_that_was_measured_is_the_way_it_is_done(name: str) -> None:
    """In bench/sharpness, with its limit and amount."""
    raster = RASTERS[name]
    shape = (raster.height, raster.width, 4)
    values = np.frombuffer(raster.values, dtype=np.uint8).reshape(shape)
    for way, amount in ((CHOSEN, 1), (WAYS[4], 2)):
        assert way.sharpen == str(amount)
        assert way.sharpened(values).tobytes() == sharpened.by_c(raster, amount)
