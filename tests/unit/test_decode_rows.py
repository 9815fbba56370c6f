"""Decoding by rows gives the bytes of decoding the whole, or leaves it to that."""

from __future__ import annotations

import ctypes
import json
from functools import cache
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.imaging.codecs import decode_rows
from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images
from tests.support.rows_and_whole import compare

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

pytestmark = pytest.mark.skipif(
    bool(decode_rows.problem()), reason="decode_rows.c was not compiled here"
)

SAME = {"geometry": "100%", "name": "same"}
SHARP = {"geometry": "150x", "name": "sharp", "sharpen": 1}
SIZES = ["150x", "50x50", "x150", "290x", {"geometry": "40x", "format": "png"}, SHARP]
PHOTO = ["png:-"]
FADING = [*PHOTO, "(", "-size", "517x389", "gradient:white-black", ")"]
ALPHA = [*FADING, "-alpha", "off", "-compose", "copyopacity", "-composite"]
SIXTEEN = ["-depth", "16"]

# Arguments of ImageMagick's command → whether its result is decoded by rows.
KINDS = {
    "jpeg": ([*PHOTO, "jpeg:-"], True),
    "jpeg progressive": ([*PHOTO, "-interlace", "plane", "jpeg:-"], True),
    "jpeg grey": ([*PHOTO, "-colorspace", "gray", "jpeg:-"], True),
    "jpeg cmyk": ([*PHOTO, "-colorspace", "cmyk", "jpeg:-"], True),
    "jpeg 4:4:4": ([*PHOTO, "-sampling-factor", "4:4:4", "jpeg:-"], True),
    "jpeg at a scale": ([*PHOTO, "-resize", "2001x1503!", "jpeg:-"], True),
    "jpeg turned": ([*PHOTO, "-orient", "RightTop", "jpeg:-"], True),
    "png": ([*PHOTO, "png24:-"], True),
    "png interlaced": ([*PHOTO, "-interlace", "png", "png24:-"], True),
    "png 16 bit": ([*PHOTO, *SIXTEEN, "png48:-"], True),
    "png alpha": ([*ALPHA, "png32:-"], True),
    "png alpha 16 bit": ([*ALPHA, *SIXTEEN, "png64:-"], True),
    "png alpha interlaced": ([*ALPHA, "-interlace", "png", "png32:-"], True),
    "png grey": ([*PHOTO, "-colorspace", "gray", "png:-"], True),
    "png grey 16 bit": ([*PHOTO, "-colorspace", "gray", *SIXTEEN, "png:-"], True),
    "png grey alpha": ([*ALPHA, "-colorspace", "gray", "png:-"], True),
    "png palette": ([*PHOTO, "-colors", "200", "png8:-"], True),
    "png palette of few colours": ([*PHOTO, "-colors", "9", "png8:-"], None),
    "png bilevel": ([*PHOTO, "-monochrome", "png:-"], False),
    "png transparent palette": (
        [*PHOTO, "-colors", "200", "-transparent", "red", "png8:-"],
        None,
    ),
    "webp": ([*PHOTO, "webp:-"], True),
    "webp lossless": ([*PHOTO, "-define", "webp:lossless=true", "webp:-"], True),
    "webp alpha": ([*ALPHA, "webp:-"], True),
    "tiff": ([*PHOTO, "-compress", "none", "tiff:-"], True),
    "tiff lzw": ([*PHOTO, "-compress", "lzw", "tiff:-"], True),
    "tiff of planes": ([*PHOTO, "-interlace", "plane", "tiff:-"], None),
    "tiff of tiles": ([*PHOTO, "-define", "tiff:tile-geometry=64x64", "tiff:-"], None),
    "tiff alpha": ([*ALPHA, "tiff:-"], None),
    "tiff cmyk": ([*PHOTO, "-colorspace", "cmyk", "tiff:-"], None),
    "tiff 16 bit": ([*PHOTO, *SIXTEEN, "tiff:-"], None),
    "tiff of two pages": ([*PHOTO, "(", "+clone", ")", "tiff:-"], False),
    "gif": ([*PHOTO, "gif:-"], False),
    "bmp": ([*PHOTO, "bmp:-"], False),
    "one pixel": (["-size", "1x1", "xc:red", "png24:-"], True),
}
EXTREMES = {"wide": images.png(32_000, 10), "tall": images.png(10, 32_000, alpha=True)}


@cache
def _photo() -> bytes:
    return imagemagick.run(
        ["-seed", "7", "-size", "517x389", "plasma:red-blue", "png48:-"]
    )


def _made(kind: str) -> bytes:
    return imagemagick.run(KINDS[kind][0], _photo())


@pytest.fixture(
    scope="module",
    params=["machine", pytest.param("image", marks=pytest.mark.image)],
)
def where(request: pytest.FixtureRequest) -> Runtime | None:
    """This machine's ImageMagick, or that of the container image."""
    if request.param == "machine":
        return None
    image: Runtime = request.getfixturevalue("image")
    return image


def test_rows_and_whole_give_the_same_bytes(where: Runtime | None) -> None:
    found = compare({name: _made(name) for name in KINDS}, SIZES, where)
    assert {n: c.by_rows for n, c in found.items()} == {
        n: c.whole for n, c in found.items()
    }
    expected = {name: rows for name, (_, rows) in KINDS.items() if rows is not None}
    assert {name: found[name].rows for name in expected} == expected


def test_extreme_shapes(where: Runtime | None) -> None:
    for one in compare(EXTREMES, ["5x", "x5"], where).values():
        assert one.rows
        assert one.by_rows == one.whole


def test_a_size_that_keeps_the_pixels_is_decoded_as_a_whole(
    where: Runtime | None,
) -> None:
    """16 bits per channel are only reduced afterwards, without dithering."""
    file = _made("png 16 bit")
    found = compare({"same": file}, ["100x", SAME], where)["same"]
    assert (found.rows, found.by_rows) == (False, found.whole)


def _damaged() -> dict[str, bytes]:
    """Cut and altered in their pixels, which start after a third at the latest."""
    files = {}
    for kind in ("jpeg", "jpeg progressive", "png", "png interlaced", "webp", "tiff"):
        blob = _made(kind)
        for at in (3, 5, 7, 9):
            place = len(blob) * at // 10
            files[f"{kind} cut at {at}"] = blob[:place]
            files[f"{kind} hole at {at}"] = (
                blob[:place] + bytes(99) + blob[place + 99 :]
            )
            flipped = bytes((blob[place] ^ 0x55,))
            files[f"{kind} bit at {at}"] = blob[:place] + flipped + blob[place + 1 :]
    return files


def test_damage_has_the_same_outcome(where: Runtime | None) -> None:
    """The same reason and message, or the same bytes."""
    found = compare(_damaged(), SIZES, where)
    assert {n: c.by_rows for n, c in found.items()} == {
        n: c.whole for n, c in found.items()
    }
    rejected = [name for name, one in found.items() if isinstance(one.whole[0], str)]
    assert len(rejected) > len(found) / 3


def test_memory_is_counted_back() -> None:
    """ImageMagick would reach its limit after some images."""
    count = magick.library.MagickGetResource
    count.restype = ctypes.c_ulonglong
    memory = 5  # MemoryResource, of both ImageMagicks
    blob = images.png(1_500, 1_000)
    used = set()
    for _ in range(4):
        make_variants(blob, parse('{"sizes": ["150x", "500x"]}'))
        used.add(count(memory))
    assert len(used) == 1


def test_limits_apply_to_the_first_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """ImageMagick only reads them when it is started."""
    monkeypatch.setenv("MAGICK_MEMORY_LIMIT", "4000000")
    found = compare({"large": images.png(1_500, 1_000)}, ["50x"], None)["large"]
    assert (found.rows, found.by_rows) == (False, found.whole)


def test_rows_without_memory_do_not_spoil_the_next_image() -> None:
    """The memory that all rows share must not become that of a whole image."""
    file, sizes = images.png(1_500, 1_000), parse(json.dumps({"sizes": [SAME]}))
    before = [one.body for one in make_variants(file, sizes).variants]
    too_wide, no_options = decode_rows._Rows(-1, 1), (ctypes.c_char_p * 1)()
    library = decode_rows._library()
    arguments = file, len(file), b"png", 0, no_options, ctypes.byref(too_wide)
    assert not library.decode_rows(*arguments)
    assert [one.body for one in make_variants(file, sizes).variants] == before


def test_another_version_of_imagemagick_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Images have another layout in memory there."""

    class Other:
        @staticmethod
        def decode_rows_start() -> int:
            return 0

    monkeypatch.setattr(decode_rows, "_library", Other)
    decode_rows.problem.cache_clear()
    problem = decode_rows.problem()
    decode_rows.problem.cache_clear()
    assert problem == "compiled for another version of ImageMagick"
