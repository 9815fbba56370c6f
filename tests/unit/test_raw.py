"""RAW photos: the largest preview is found, and a preview that lies does no harm."""

from __future__ import annotations

import random
import struct
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.errors import (
    CorruptImage,
    Rejected,
    TooManyPixels,
    TruncatedImage,
    UnsupportedVariant,
)
from resize_on_upload.imaging import srgb
from resize_on_upload.imaging.formats import RAW, TIFF
from resize_on_upload.imaging.headers import jpeg
from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload.imaging.imagemagick.color_profile import convert_to_profile
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.imaging.raw import colors
from resize_on_upload.imaging.sandbox import response
from resize_on_upload.sizes.parser import parse
from tests.support import images, raw
from tests.support.damaged import survives

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = parse('{"sizes": ["60x60"]}')
LAYOUTS = sorted(raw.LAYOUTS)
PHOTO = raw.Photo()


def _preview(width: int, height: int) -> raw.Photo:
    return raw.Photo(images.encoded("jpeg", width, height))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("orientation", "corners", "size"),
    [
        (None, ("red", "green", "blue", "yellow"), (60, 40)),
        (6, ("blue", "red", "yellow", "green"), (40, 60)),
        (3, ("yellow", "blue", "green", "red"), (60, 40)),
    ],
)
def test_the_preview_is_resized_as_a_jpeg(
    layout: str,
    orientation: int | None,
    corners: tuple[str, ...],
    size: tuple[int, int],
) -> None:
    """Turned upright by the RAW photo's orientation: its preview has none."""
    blob = raw.LAYOUTS[layout](raw.Photo(orientation=orientation))
    result = make_variants(blob, SIZES)
    (variant,) = result.variants
    assert (result.source.format, result.source.alpha) == ("raw", False)
    assert variant.content_type == "image/jpeg"
    assert (variant.width, variant.height) == size
    assert images.corners(variant.body, "jpeg") == corners


def test_the_raw_orientation_counts_if_the_preview_has_another() -> None:
    turned = images.exif_orientation(PHOTO.preview, 6)
    for layout in raw.LAYOUTS.values():
        assert probe(layout(raw.Photo(turned)), Limits()).header.orientation == 6
        photo = raw.Photo(turned, orientation=1)
        assert probe(layout(photo), Limits()).header.orientation == 1


def test_the_functions_side_recognises_it_too() -> None:
    """It checks the decoder's response by the header of the preview."""
    facts = {"format": "raw", "width": 240, "height": 160, "frames": 1, "alpha": False}
    source = response._source(facts, raw.dng(PHOTO), Limits())
    assert (source.format, source.width) == ("raw", 240)
    with pytest.raises(ValueError, match="it was a raw of 1 frames"):
        response._source({**facts, "format": "jpeg"}, raw.dng(PHOTO), Limits())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_colours_in_adobe_rgb_are_converted(layout: str) -> None:
    """The profile is added: the tags name the colour space, the preview has none."""
    plain = raw.LAYOUTS[layout](PHOTO)
    wide = raw.LAYOUTS[layout](replace(PHOTO, adobe_rgb=True))
    assert colors.ADOBE_RGB in (probe(wide, Limits()).preview or b"")
    assert b"ICC_PROFILE" not in (probe(plain, Limits()).preview or b"")
    assert _green(wide) != _green(plain)
    own = replace(PHOTO, preview=_with_profile(PHOTO.preview), adobe_rgb=True)
    preview = probe(raw.LAYOUTS[layout](own), Limits()).preview or b""
    assert preview.count(b"ICC_PROFILE") == 1
    assert srgb.PROFILE in preview


def _with_profile(jpeg: bytes) -> bytes:
    body = b"ICC_PROFILE\0\1\1" + srgb.PROFILE
    return jpeg[:2] + b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def _green(blob: bytes) -> tuple[int, int, int]:
    body = make_variants(blob, SIZES).variants[0].body
    with magick.Image(blob=body, format="jpeg") as image:
        pixel = image[image.width - 4, 4]
        return pixel.red_int8, pixel.green_int8, pixel.blue_int8


def test_the_profiles_are_those_of_their_definitions() -> None:
    """A saturated green of Adobe RGB is outside sRGB, a grey is the same in both."""
    for profile in (colors.ADOBE_RGB, colors.PROPHOTO_RGB):
        with magick.Image(blob=images.png_of([[(128, 128, 128)]]), format="png") as one:
            one.profiles["icc"] = profile
            convert_to_profile(one, srgb.PROFILE)
            grey = one[0, 0]
            assert grey.red_int8 == grey.green_int8 == grey.blue_int8


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("size", "is_enough"),
    [
        ((240, 160), True),
        ((160, 160), True),  # cropped to a square
        ((240, 135), True),  # cropped to 16:9
        ((224, 100), True),
        ((223, 149), False),  # less than nine tenths of both sides
        ((120, 80), False),
    ],
)
def test_a_preview_must_be_as_large_as_the_photo(
    layout: str, size: tuple[int, int], *, is_enough: bool
) -> None:
    blob = raw.LAYOUTS[layout](_preview(*size))
    if is_enough:
        header = probe(blob, Limits()).header
        assert (header.width, header.height) == size
        return
    found = f"{size[0]}x{size[1]} pixels, the photo 248x166; upload the photo as JPEG"
    with pytest.raises(UnsupportedVariant, match=found):
        probe(blob, Limits())


def test_a_raw_photo_without_a_preview_says_so() -> None:
    first = {**raw.thumbnail(), 330: (PHOTO.raw(7),), 50_706: (1, 4, 0, 0)}
    with pytest.raises(UnsupportedVariant, match="has no JPEG preview; upload"):
        probe(raw.file([raw.Directory(first)]), Limits())


def test_a_plain_tiff_is_none() -> None:
    """Not even one of several pages, with directories in them or a JPEG's data."""
    page = raw.thumbnail(40, 30)
    below = raw.Directory({**raw.thumbnail(20, 15), **PHOTO.as_strip(7)})
    for more in ({}, {330: (below,)}, PHOTO.as_jpeg()):
        first = raw.Directory({**page, **more})
        found = probe(raw.file([first, raw.Directory(page)]), Limits())
        assert (found.format, found.original, found.preview) == (TIFF, TIFF, None)
        assert (found.header.width, found.header.frames) == (40, 2)


LARGE = images.encoded("jpeg", 16, 16).replace(
    b"\x08\x00\x10\x00\x10", struct.pack(">BHH", 8, 60_000, 60_000)
)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
LIES: dict[str, tuple[raw.Photo, type[Rejected], str]] = {
    "outside the file": (
        replace(PHOTO, offset=2**32 - 9),
        TruncatedImage,
        "before its preview does",
    ),
    "longer than the file": (
        replace(PHOTO, length=2**31),
        TruncatedImage,
        "before its preview does",
    ),
    "cut off": (
        raw.Photo(PHOTO.preview[:-400]),
        TruncatedImage,
        "ends before its image does",
    ),
    "the file itself": (replace(PHOTO, offset=1), CorruptImage, "1 is not a JPEG"),
    "an SVG": (raw.Photo(SVG), CorruptImage, "is not a JPEG"),
    "a PNG": (raw.Photo(images.png(240, 160)), CorruptImage, "is not a JPEG"),
    "a RAW photo": (raw.Photo(raw.dng(PHOTO)), CorruptImage, "is not a JPEG"),
    "a start without an image": (
        raw.Photo(b"\xff\xd8\xff\xd9" + bytes(2_000)),
        CorruptImage,
        "it has no frame header",
    ),
    "a bomb": (raw.Photo(LARGE), TooManyPixels, "60000x60000 pixels"),
    "tiny parts": (
        raw.Photo(b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_000),
        CorruptImage,
        "more than 200000 parts",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("lie", LIES)
def test_a_preview_that_lies_is_rejected(layout: str, lie: str) -> None:
    photo, error, message = LIES[lie]
    start = time.process_time()
    with pytest.raises(error, match=message):
        probe(raw.LAYOUTS[layout](photo), Limits())
    assert time.process_time() - start < 1


def test_a_lossless_raw_image_is_no_preview() -> None:
    """It is the longest JPEG of the file, and the decoder cannot read it."""
    with pytest.raises(UnsupportedVariant, match="has no JPEG preview"):
        probe(raw.dng(raw.Photo(raw.LOSSLESS)), Limits())


def test_only_the_longest_jpegs_are_read() -> None:
    """They are copied one by one."""
    for others, is_read in ((7, True), (8, False)):
        longer = [raw.Photo(raw.LOSSLESS + bytes(extra)) for extra in range(others)]
        below = tuple(raw.Directory(one.as_jpeg()) for one in (*longer, PHOTO))
        first = raw.Directory({262: 32_803, 256: 240, 257: 160, 330: below})
        if is_read:
            assert probe(raw.file([first]), Limits()).original is RAW
            continue
        with pytest.raises(UnsupportedVariant, match="has no JPEG preview"):
            probe(raw.file([first]), Limits())


def test_previews_that_overlap_are_not_all_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To search 128 MB eight times for the parts of a JPEG takes 14 seconds."""
    read, lengths = jpeg.read, list[int]()

    def counted(blob: bytes, *others: Any) -> Any:
        lengths.append(len(blob))
        return read(blob, *others)

    monkeypatch.setattr(jpeg, "read", counted)
    start, large = 2_000, b"\xff\xd8" + b"\xff" * 100_000
    below = tuple(
        raw.Directory({259: 6, 513: start, 514: len(large) - number})
        for number in range(8)
    )
    blob = raw.file([raw.Directory({262: 32_803, 256: 9, 257: 9, 330: below})])
    blob = blob.ljust(start, b"\0") + large
    with pytest.raises(CorruptImage):
        probe(blob, Limits())
    assert 0 < sum(lengths) <= 2 * len(blob)


def test_a_profile_after_a_thumbnail_is_the_only_one() -> None:
    """The preview's EXIF may contain another JPEG, with its own pixels."""
    body = b"Exif\0\0" + raw.THUMBNAIL
    thumbnail = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    file = _with_profile(images.encoded("jpeg", *raw.FULL))
    file = file[:2] + thumbnail + file[2:]
    found = probe(raw.nef(raw.Photo(file, adobe_rgb=True)), Limits())
    assert found.preview == file


def _loop() -> bytes:
    """Every directory leads to all others and to itself."""
    blob, offsets = bytearray(b"II*\0\x08\0\0\0"), range(8, 8 + 40 * 64, 64)
    for at in offsets:
        inner = struct.pack("<HHII", 330, 4, len(offsets), 8 + 40 * 64)
        color = struct.pack("<HHII", 262, 3, 1, 32_803)
        blob += (struct.pack("<H", 2) + inner + color + struct.pack("<I", at)).ljust(64)
    return bytes(blob) + struct.pack(f"<{len(offsets)}I", *offsets)


def _many_previews() -> bytes:
    """More previews of tiny parts than are read, each at another place."""
    parts = b"\xff\xd8" + b"\xff\xfe\0\2" * 300_000
    below = tuple(
        raw.Directory(raw.Photo(parts + bytes(number)).as_jpeg())
        for number in range(20)
    )
    return raw.file([raw.Directory({262: 32_803, 256: 9, 257: 9, 330: below})])


ENDLESS: dict[str, Callable[[], bytes]] = {
    "directories in a loop": _loop,
    "65,535 entries": lambda: (
        b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 262, 3, 1, 32_803) * 65_535
    ),
    "4,000,000,000 directories": lambda: raw.file(
        [raw.Directory({262: 32_803, 256: 9, 257: 9})]
    ).replace(
        struct.pack("<HHII", 256, 3, 1, 9), struct.pack("<HHII", 330, 4, 2**32 - 1, 8)
    ),
    "many previews of tiny parts": _many_previews,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_file_without_an_end_is_rejected_in_time(name: str) -> None:
    blob = ENDLESS[name]()
    start = time.process_time()
    with pytest.raises((UnsupportedVariant, CorruptImage)):
        probe(blob, Limits())
    assert time.process_time() - start < 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damage_is_survived(layout: str) -> None:
    """Any byte of a directory may be wrong, and the file may end anywhere."""
    blob = raw.LAYOUTS[layout](PHOTO)
    tail = len(blob) - 1_000
    rng = random.Random(5)  # noqa: S311 - the same damage in every run
    for _ in range(1_500):
        damaged = bytearray(blob)
        for _ in range(rng.randint(1, 4)):
            at = rng.choice((rng.randrange(64), rng.randrange(tail, len(blob))))
            damaged[at] = rng.choice((0, 1, 6, 7, 8, 127, 128, 255))
        survives(bytes(damaged))
    for end in (*range(64), *range(tail, len(blob))):
        survives(blob[:end])
