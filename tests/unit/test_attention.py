"""Where attention is found in an image of a few pixels."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.imaging.resizing.attention import SIDE, Attention, find

GREY, SKIN, TREE = (120, 120, 120), (224, 172, 138), (70, 110, 60)
SUMS = st.lists(st.integers(1, 2**40), min_size=1, max_size=SIDE).map(tuple)


def _image(
    width: int, height: int, *spots: tuple[int, int, tuple[int, int, int]]
) -> bytes:
    """Plain grey, with rough squares of eight pixels in a colour."""
    pixels = [list(GREY) for _ in range(width * height)]
    for left, top, colour in spots:
        for y in range(top, top + 8):
            for x in range(left, left + 8):
                shade = 40 * ((x + y) % 2)
                pixels[y * width + x] = [value - shade for value in colour]
    return bytes(value for pixel in pixels for value in pixel)


@pytest.mark.parametrize("left", [0, 5, 20, 33, 40])
def test_a_crop_shows_the_details(left: int) -> None:
    found = find(_image(48, 16, (left, 4, TREE)), 3, 48)
    start, top = found.crop_at((480, 160), (160, 160))
    assert start <= 10 * left
    assert 10 * left + 80 <= start + 160
    assert top == 0


@pytest.mark.parametrize("top", [0, 5, 20, 33, 40])
def test_rows_are_looked_at_as_columns_are(top: int) -> None:
    found = find(_image(16, 48, (4, top, TREE)), 3, 16)
    left, start = found.crop_at((160, 480), (160, 160))
    assert start <= 10 * top
    assert 10 * top + 80 <= start + 160
    assert left == 0


def test_skin_attracts_more_than_leaves() -> None:
    """Two equal patterns at the same distance from the middle."""
    found = find(_image(48, 16, (2, 4, TREE), (38, 4, SKIN)), 3, 48)
    start, _ = found.crop_at((48, 16), (16, 16))
    assert start > 24


def test_plain_images_are_cropped_around_the_usual_centre() -> None:
    found = find(bytes(GREY) * 48 * 16, 3, 48)
    assert found.crop_at((480, 160), (160, 160)) == (160, 0)
    portrait = find(bytes(GREY) * 48 * 16, 3, 16)
    left, top = portrait.crop_at((160, 480), (160, 160))
    assert left == 0
    assert 110 <= top <= 130


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255)])
def test_a_logo_on_transparency_attracts(colour: tuple[int, int, int]) -> None:
    """Whether black or white; what is hidden in transparent pixels does not."""
    noise = random.Random(1)  # noqa: S311 - not a secret
    pixels = []
    for at in range(48 * 16):
        is_logo = 36 <= at % 48 < 44 and 4 <= at // 48 < 12
        hidden = tuple(noise.randbytes(3))
        pixels.append((*colour, 255) if is_logo else (*hidden, 0))
    found = find(bytes(value for pixel in pixels for value in pixel), 4, 48)
    start, _ = found.crop_at((480, 160), (160, 160))
    assert start <= 360
    assert start + 160 >= 440


def test_opaque_pixels_count_as_without_alpha() -> None:
    image = _image(48, 16, (30, 4, TREE))
    opaque = b"".join(image[at : at + 3] + b"\xff" for at in range(0, len(image), 3))
    assert find(opaque, 4, 48) == find(image, 3, 48)


@given(SUMS, SUMS, st.data())
def test_a_crop_is_inside_the_image(
    columns: tuple[int, ...], rows: tuple[int, ...], data: st.DataObject
) -> None:
    image = data.draw(st.tuples(st.integers(1, 16_383), st.integers(1, 16_383)))
    box = tuple(data.draw(st.integers(1, side)) for side in image)
    left, top = Attention(columns, rows).crop_at(image, (box[0], box[1]))
    assert 0 <= left <= image[0] - box[0]
    assert 0 <= top <= image[1] - box[1]


@given(st.integers(1, 8), st.integers(1, 8), st.integers(3, 4), st.data())
def test_any_pixels_are_looked_at(
    width: int, height: int, channels: int, data: st.DataObject
) -> None:
    length = width * height * channels
    found = find(
        data.draw(st.binary(min_size=length, max_size=length)), channels, width
    )
    assert (len(found.columns), len(found.rows)) == (width, height)
    assert sum(found.columns) == sum(found.rows)
    assert min(found.columns + found.rows) > 0


def test_a_mirrored_image_has_mirrored_sums() -> None:
    image = random.Random(2).randbytes(3 * 48 * 32)  # noqa: S311 - not a secret
    pixels = [image[at : at + 3] for at in range(0, len(image), 3)]
    rows = [pixels[at : at + 48] for at in range(0, len(pixels), 48)]
    mirrored = b"".join(b"".join(reversed(row)) for row in rows)
    found, other = find(image, 3, 48), find(mirrored, 3, 48)
    assert other == Attention(found.columns[::-1], found.rows)


def test_it_always_finds_the_same() -> None:
    """The values of one image are pinned: a change of them is a change of crops."""
    image = random.Random(3).randbytes(3 * 48 * 32)  # noqa: S311 - not a secret
    found = find(image, 3, 48)
    assert sum(found.columns) == 40_474_329
    assert (found.columns[0], found.rows[-1]) == (645_991, 958_845)
    assert found.crop_at((6_000, 4_000), (400, 400)) == (2_800, 1_500)


def test_it_takes_a_few_milliseconds() -> None:
    image = random.Random(4).randbytes(4 * 48 * 48)  # noqa: S311 - not a secret
    times = []
    for _ in range(7):
        start = time.process_time()
        find(image, 4, 48).crop_at((1_201, 800), (800, 800))
        times.append(time.process_time() - start)
    assert min(times) < 0.05  # ten times what it takes
