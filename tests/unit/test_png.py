"""PNGs have the same pixels however they are compressed, which depends on content."""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.imaging.codecs import png_content
from resize_on_upload.imaging.codecs.encode import encode
from resize_on_upload.imaging.codecs.png_content import (
    FLAT,
    GRADIENT,
    MIXED,
    PHOTO,
    Compression,
    Sample,
)
from resize_on_upload.imaging.formats import PNG
from resize_on_upload.imaging.imagemagick import magick
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Pixel = tuple[int, ...]
    Draw = Callable[[int, int], Pixel]

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def _image(width: int, height: int, draw: Draw) -> magick.Image:
    rows = [[draw(x, y) for x in range(width)] for y in range(height)]
    return magick.Image(blob=images.png_of(rows), format="png")


NOISE = random.Random(7).randbytes(1 << 18)  # noqa: S311 - the same every time


def _noise(channels: int) -> Draw:
    return lambda x, y: tuple(NOISE[(y * 977 + x) * channels % (1 << 17) :][:channels])


def _photo(x: int, y: int) -> Pixel:
    """Smooth, with the noise of a sensor."""
    smooth = x % 200, y % 220, (x + y) % 180
    pairs = zip(smooth, _noise(3)(x, y), strict=True)
    return tuple(value + noise % 16 for value, noise in pairs)


def _gradient(x: int, y: int) -> Pixel:
    return (x % 256, y % 256, (x + y) // 2 % 256)


def _graphic(x: int, y: int) -> Pixel:
    """Discs of a few colours, with smooth edges."""
    far = ((x % 40 - 20) ** 2 + (y % 40 - 20) ** 2) ** 0.5
    edge = min(max(15 - far, 0), 1)
    return tuple(
        round(255 - edge * v) for v in (30 + x // 40 * 9, 90, 40 + y // 40 * 7)
    )


def _half(x: int, y: int) -> Pixel:
    """A photo on white."""
    return _photo(x, y) if x < 70 else (255, 255, 255)


def _glass(x: int, y: int) -> Pixel:
    return (*_graphic(x, y), (x + y) % 256)


def _cut_out(x: int, y: int) -> Pixel:
    return (*_photo(x, y), 255 * (x > y))


def _opaque(x: int, y: int) -> Pixel:
    return (*_photo(x, y), 255)


def _grey(x: int, y: int) -> Pixel:
    return ((x * y + x) % 256,) * 3


def _grey_glass(x: int, y: int) -> Pixel:
    return (*_grey(x, y), (x + y) % 256)


def _few(x: int, y: int) -> Pixel:
    return (x % 16 * 16, y % 16 * 16, 99)


def _chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(body):
        length, name = struct.unpack_from(">I4s", body, at)
        data = body[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", body, at + 8 + length)
        assert checksum == zlib.crc32(name + data)
        yield name, data
        at += 12 + length


def _colour_type(body: bytes) -> int:
    return body[25]


def _filtered_rows(body: bytes) -> bytes:
    data = (data for name, data in _chunks(body) if name == b"IDAT")
    return zlib.decompress(b"".join(data))


def _pixels(body: bytes) -> bytes:
    with magick.Image(blob=body, format="png") as image:
        return magick.pixels(image, "RGBA").raw


@pytest.mark.parametrize(
    ("draw", "filtered"),
    [(_photo, True), (_gradient, True), (_half, True), (_graphic, False)],
)
def test_rows_are_filtered_or_not(draw: Draw, *, filtered: bool) -> None:
    """A row starts with the number of its filter; 0 stands for no filter."""
    with _image(140, 120, draw) as image:
        rows = _filtered_rows(encode(image, PNG, None))
    stride = len(rows) // 120
    assert any(rows[start] for start in range(0, len(rows), stride)) == filtered


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        pytest.param(_photo, RGB, id="photo"),
        pytest.param(_gradient, RGB, id="gradient"),
        pytest.param(_graphic, RGB, id="graphic"),
        pytest.param(_half, RGB, id="photo-on-white"),
        pytest.param(_glass, RGBA, id="translucent"),
        pytest.param(_opaque, RGBA, id="opaque"),
        pytest.param(_cut_out, RGBA, id="cut-out"),
        pytest.param(_grey, GREY, id="grey"),
        pytest.param(_grey_glass, GREY_ALPHA, id="grey-alpha"),
        pytest.param(_few, PALETTE, id="palette"),
    ],
)
@pytest.mark.parametrize("size", [(300, 200), (1, 1), (1, 90), (90, 1), (40, 30)])
def test_an_image_is_stored_as_it_is_and_always_the_same(
    draw: Draw,
    expected: int,
    size: tuple[int, int],
) -> None:
    with _image(*size, draw) as image:
        before = magick.pixels(image, "RGBA").raw
        with image.clone() as copy:
            body, again = encode(image, PNG, None), encode(copy, PNG, None)
    assert body == again
    assert _pixels(body) == before
    if size == (300, 200):
        assert _colour_type(body) == expected


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (_photo, PHOTO),
        (_noise(3), PHOTO),
        (_gradient, GRADIENT),
        (_graphic, FLAT),
        (_few, GRADIENT),
        (_half, MIXED),
    ],
)
@pytest.mark.parametrize("size", [(150, 100), (300, 200)])
def test_the_compression_is_chosen_by_content(
    draw: Draw, expected: Compression, size: tuple[int, int]
) -> None:
    with _image(*size, draw) as image:
        assert png_content.sample(image).compression == expected


@pytest.mark.parametrize(
    ("changes", "pairs", "steps", "colours", "expected"),
    [
        pytest.param(1_000, 1_000, 100, 700, PHOTO, id="photo"),
        pytest.param(1_000, 1_000, 99, 700, GRADIENT, id="photo-of-few-steps"),
        pytest.param(1_000, 1_000, 125, 699, MIXED, id="photo-of-fewer-colours"),
        pytest.param(550, 300, 200, 240, FLAT, id="flat"),
        pytest.param(551, 300, 200, 240, MIXED, id="flat-with-more-changes"),
        pytest.param(550, 300, 199, 240, MIXED, id="flat-with-fewer-steps"),
        pytest.param(550, 300, 200, 241, MIXED, id="flat-with-more-colours"),
        pytest.param(550, 300, 50, 150, FLAT, id="flat-of-very-few-colours"),
        pytest.param(550, 300, 50, 151, MIXED, id="flat-of-few-colours"),
        pytest.param(900, 800, 99, 500, GRADIENT, id="gradient"),
        pytest.param(900, 800, 100, 500, MIXED, id="gradient-of-more-steps"),
        pytest.param(0, 1, 1, 1, MIXED, id="one-colour"),
    ],
)
def test_the_limits_between_contents(
    changes: int, pairs: int, steps: int, colours: int, expected: Compression
) -> None:
    sample = Sample(1_000, changes, pairs, steps, frozenset(range(colours)))
    assert sample.compression == expected


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (5_000, 3), (3, 5_000)])
def test_a_sample_is_small_and_inside_the_image(size: tuple[int, int]) -> None:
    with _image(*size, _gradient) as image:
        sample = png_content.sample(image)
    assert sample.pixels == min(size[1], 16) * (min(size[0], 128) - 1)
