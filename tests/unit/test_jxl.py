"""JPEG XL's header and boxes; tests/corpus/test_jxl.py decodes."""

from __future__ import annotations

import random
import time
from functools import partial

import pytest

from resize_on_upload.errors import (
    CorruptImage,
    TooManyPixels,
    UnsupportedFormat,
    UnsupportedVariant,
)
from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.headers.boxed import jxl as reader
from resize_on_upload.imaging.headers.boxed.bits import Bits
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.parser import parse
from tests.support import jxl
from tests.support.damaged import survives
from tests.support.heif import box

SIZES = parse('{"sizes": ["32x32"]}')


def _size(blob: bytes) -> tuple[int, int]:
    found = probe(blob, Limits())
    assert found.format.name == "jxl"
    return found.header.width, found.header.height


def test_the_size_of_a_real_file_is_read() -> None:
    assert _size(jxl.QUARTERS) == (64, 40)
    assert _size(selftest.JXL) == (64, 64)  # by its ratio
    assert _size(jxl.BOMB) == (7_000, 7_000)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_upright_image(orientation: int) -> None:
    """The decoder turns it, so that no orientation is left."""
    found = probe(jxl.file((90, 70), orientation=orientation), Limits()).header
    size = (90, 70) if orientation < 5 else (70, 90)
    assert (found.width, found.height, found.orientation) == (*size, 1)


@pytest.mark.parametrize(
    "channels", [(), (jxl.ALPHA,), (jxl.SPOT_COLOR, jxl.ALPHA, jxl.DEPTH), (jxl.CFA,)]
)
@pytest.mark.parametrize("name", [b"", b"x" * 60])
@pytest.mark.parametrize(
    "also", [(), ("preview",), ("animation",), ("preview", "animation")]
)
def test_all_fields_are_read(
    channels: tuple[int, ...], name: bytes, also: tuple[str, ...]
) -> None:
    """To the kind of the last channel, which comes after all others."""
    make = partial(jxl.file, (90, 70), name=name, also=also, orientation=8)
    assert _size(make(channels=channels)) == (70, 90)
    blob = make(channels=(*channels, jxl.BLACK))
    with pytest.raises(UnsupportedVariant, match="in CMYK is not decoded here"):
        probe(blob, Limits())


BOXES = {
    "one box": jxl.in_boxes(jxl.QUARTERS),
    "a box to the end": jxl.in_boxes(jxl.QUARTERS, ends_the_file=True),
    "one part": jxl.in_boxes(jxl.QUARTERS, parts=1),
    "parts of a byte": jxl.in_boxes(jxl.QUARTERS, parts=len(jxl.QUARTERS)),
}


@pytest.mark.parametrize("name", BOXES)
def test_only_the_codestream_is_decoded(name: str) -> None:
    """Without EXIF and what else is in boxes."""
    assert _size(BOXES[name]) == (64, 40)
    assert reader.codestream(BOXES[name]) == jxl.QUARTERS


def test_a_bare_codestream_is_decoded_as_it_is() -> None:
    assert reader.codestream(jxl.QUARTERS) is jxl.QUARTERS


def test_a_bomb_is_rejected_by_its_header() -> None:
    """Also if it has many channels, each of which is as large as the image."""
    with pytest.raises(TooManyPixels, match="1073741824x1073741824 pixels"):
        probe(jxl.file((2**30, 2**30)), Limits())
    blob = jxl.file((3_000, 3_000), channels=[jxl.DEPTH] * 3)
    assert probe(blob, Limits()).header.decoded_pixels == 9_000_000
    blob = jxl.file((3_000, 3_000), channels=[jxl.DEPTH] * 4_000)
    with pytest.raises(TooManyPixels, match="an image of 9009000000 pixels"):
        probe(blob, Limits())


BROKEN = {
    "no codestream": (BOXES["one box"].replace(b"jxlc", b"free"), "no codestream"),
    "no signature": (
        BOXES["one box"].replace(jxl.SIGNATURE, b"\xff\x0b"),
        "its codestream has no signature",
    ),
    "no header": (jxl.SIGNATURE, "ends inside its header"),
    "half a header": (jxl.QUARTERS[:4], "ends inside its header"),
    "names without an end": (
        jxl.file(channels=[jxl.DEPTH] * 1_200, name=b"x" * 60),
        "ends inside its header",
    ),
    "boxes without an end": (
        BOXES["one box"][:32] + box(b"free") * 1_000_000,
        "more than 200000 parts",
    ),
    "parts without an end": (
        BOXES["one box"][:32] + box(b"jxlp", bytes(4)) * 1_000_000,
        "more than 200000 parts",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_rejected_in_time(name: str) -> None:
    blob, message = BROKEN[name]
    start = time.process_time()
    with pytest.raises(CorruptImage, match=message):
        probe(blob, Limits())
    assert time.process_time() - start < 2


def test_a_truncated_or_damaged_file_is_read_or_rejected() -> None:
    rng = random.Random(4)  # noqa: S311 - the same damage in every run
    whole = jxl.in_boxes(jxl.file(channels=[jxl.ALPHA], orientation=5), parts=2)
    for end in range(len(whole)):
        survives(whole[:end])
    for _ in range(3_000):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice((0, 1, 2, 127, 128, 255))
        survives(bytes(damaged))


def test_bits_are_read_from_the_lowest_on() -> None:
    bits = Bits(bytes((0b1010_0110, 0xFF, 0x01)))
    assert [bits.number(3), bits.number(3), bits.number(10)] == [6, 4, 0x3FE]
    assert bits.flag()
    bits.skip(7)
    with pytest.raises(ValueError, match="ends inside its header"):
        bits.flag()


@pytest.mark.skipif(not selftest.lacks_jxl(), reason="ImageMagick here decodes JPEG XL")
def test_a_machine_without_a_decoder_says_so() -> None:
    with pytest.raises(UnsupportedFormat, match="no decoder for jxl; that of the cont"):
        make_variants(jxl.QUARTERS, SIZES)
