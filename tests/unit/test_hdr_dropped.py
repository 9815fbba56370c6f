"""By default, a variant shows the SDR image alone: gain maps are dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resize_on_upload.imaging.headers.exif import displayed_size
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.parser import parse
from tests.support import heif, images, ultra_hdr
from tests.support.shared_files import PHONES, needs_phones

SIZES = parse('{"sizes": ["60x", {"geometry": "60x", "name": "w", "format": "webp"}]}')
FIRST_OF_ORIENTATION = {1: "red", 3: "yellow", 6: "blue", 8: "green"}
APPLE = b"auxC\0\0\0\0urn:com:apple:photo:2020:aux:hdrgainmap\0"


def _bodies(blob: bytes) -> list[bytes]:
    return [variant.body for variant in make_variants(blob, SIZES).variants]


@pytest.mark.parametrize("orientation", FIRST_OF_ORIENTATION)
def test_the_base_is_upright(orientation: int) -> None:
    blob = ultra_hdr.photo(240, 160, orientation)
    result = make_variants(blob, SIZES)
    assert (result.source.width, result.source.height) == displayed_size(
        (240, 160), orientation
    )
    for variant, fmt in zip(result.variants, ("jpeg", "webp"), strict=True):
        found = images.corners(variant.body, fmt)
        assert found[0] == FIRST_OF_ORIENTATION[orientation]


def test_the_gain_map_makes_no_difference() -> None:
    """The variants are those of the base, to the last byte."""
    base = images.encoded("jpeg", 240, 160)
    assert _bodies(ultra_hdr.joined(base, ultra_hdr.gain_map())) == _bodies(base)
    for body in _bodies(ultra_hdr.photo()):
        assert not any(word in body for word in (b"MPF", b"hdrgm", b"21496"))
        assert body.count(b"\xff\xd8\xff") <= 1


def test_an_apple_gain_map_in_a_heic_makes_no_difference() -> None:
    """It is an auxiliary image of the primary one."""
    primary = heif.still(60, 40)
    aux = replace(heif.still(30, 20, APPLE), refers={b"auxl": (1,)})
    with_map = heif.file({1: primary, 2: aux}, 1)
    assert _bodies(with_map) == _bodies(heif.file({1: primary}, 1))


@needs_phones
@pytest.mark.parametrize(
    "name", [f"ultrahdr_0{n}" for n in (1, 2, 4)] + ["apple_gainmap_new"]
)
def test_of_a_phone_photo_only_the_base_counts(name: str) -> None:
    """As if the file ended with it."""
    blob = (PHONES / f"{name}.jpg").read_bytes()
    base = blob[: blob.rindex(b"\xff\xd8\xff")]
    assert len(base) < len(blob)
    header = probe(blob, Limits()).header
    result = make_variants(blob, SIZES)
    size = displayed_size((header.width, header.height), header.orientation)
    assert (result.source.width, result.source.height) == size
    assert [variant.body for variant in result.variants] == _bodies(base)
