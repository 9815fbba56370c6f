"""AVIF and HEIC in PQ or HLG: variants are SDR images, no longer washed out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from resize_on_upload.imaging import srgb
from resize_on_upload.imaging.headers.base import Cicp
from resize_on_upload.imaging.headers.boxed import heif as reader
from resize_on_upload.sizes.parser import parse
from tests.support import heif, images

if TYPE_CHECKING:
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

LIBAVIF = "AOMediaCodec__libavif/tests/data"
SIZES = parse('{"sizes": [{"geometry": "150x", "format": "png"}]}')
STILL = heif.still(60, 40)
TILE = heif.still(64, 64)
COLUMN = heif.column(2, 3, width=64, height=128)
PQ, HLG, SDR = heif.meaning(9, 16), heif.meaning(9, 18), heif.meaning(9, 1)
ICC = b"colrprof" + srgb.PROFILE


def _file(*properties: bytes) -> bytes:
    return heif.file({1: heif.recoloured(STILL, *properties)}, 1)


def _variant(sandbox: Sandbox, blob: bytes) -> np.ndarray[Any, Any]:
    body = sandbox.make_variants(blob, SIZES).variants[0].body
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))


def _difference(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """The mean ΔE2000."""
    labs = [rgb2lab(pixels) for pixels in (one, other)]
    found: Any = deltaE_ciede2000(*labs)  # type: ignore[no-untyped-call] # skimage has no types
    return float(found.mean())


MEANINGS: dict[str, tuple[bytes, Cicp | None]] = {
    "PQ": (_file(PQ), Cicp(9, 16)),
    "HLG": (_file(HLG), Cicp(9, 18)),
    "SDR": (_file(SDR), None),
    "no colour box": (_file(), None),
    "unknown primaries": (_file(heif.meaning(77, 16)), Cicp(77, 16)),
    "a profile before it": (_file(ICC, PQ), None),
    "a profile after it": (_file(PQ, ICC), None),
    "a box of an unknown kind": (_file(b"colrabcd" + bytes(7)), None),
    "an empty box": (_file(b"colr"), None),
    "two boxes": (_file(PQ, HLG), Cicp(9, 16)),
    "of tiles": (
        heif.file(
            {
                1: heif.recoloured(COLUMN, HLG),
                2: heif.recoloured(TILE, SDR),
                3: heif.recoloured(TILE, SDR),
            },
            1,
        ),
        Cicp(9, 18),
    ),
    "only in the tiles": (
        heif.file(
            {1: COLUMN, 2: heif.recoloured(TILE, PQ), 3: heif.recoloured(TILE, PQ)}, 1
        ),
        Cicp(9, 16),
    ),
    "of another image": (
        heif.file({1: heif.recoloured(STILL), 2: heif.recoloured(TILE, PQ)}, 1),
        None,
    ),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_the_header_says_whether_it_is_hdr(name: str) -> None:
    blob, expected = MEANINGS[name]
    assert reader.read(blob, 1).hdr == expected


@pytest.mark.parametrize("cut", range(4, 12))
def test_a_colour_box_that_is_cut_off_is_not_read_past_its_end(cut: int) -> None:
    """What follows it is another property."""
    assert reader.read(_file(PQ[:cut]), 1).hdr is None


@pytest.mark.parametrize("signal", [PQ, HLG])
def test_an_hdr_image_is_not_washed_out(sandbox: Sandbox, signal: bytes) -> None:
    """Its brightest parts are white, not grey, and its colours stronger."""
    hdr = _variant(sandbox, _file(signal)).astype(int)
    sdr = _variant(sandbox, _file(SDR)).astype(int)
    assert np.ptp(hdr, axis=2).mean() > np.ptp(sdr, axis=2).mean()
    assert hdr.max() == 255


@pytest.mark.parametrize("name", ["SDR", "no colour box", "of another image"])
def test_every_other_image_stays_as_it_was(sandbox: Sandbox, name: str) -> None:
    """Whatever its colour box says besides."""
    plain = _variant(sandbox, heif.file({1: STILL}, 1))
    assert (_variant(sandbox, MEANINGS[name][0]) == plain).all()


def test_the_same_scene_looks_the_same_in_any_primaries(
    sandbox: Sandbox, corpus: Path
) -> None:
    """Three files of one image, as HDR in BT.2020, P3 and BT.709."""
    names = ("rec2020", "p3", "srgb")
    files = [corpus / LIBAVIF / f"colors_hdr_{name}.avif" for name in names]
    first, *others = [_variant(sandbox, file.read_bytes()) for file in files]
    assert all(_difference(first, other) < 2.5 for other in others)


def test_a_photo_has_the_brightness_of_its_sdr_image(
    sandbox: Sandbox, corpus: Path
) -> None:
    """White is white: today's screens show it as bright as in other photos."""
    blob = (corpus / LIBAVIF / "seine_hdr_rec2020.avif").read_bytes()
    values = _variant(sandbox, blob)
    assert np.percentile(values, 95) > 235
    assert 150 < values.mean() < 200


@pytest.mark.parametrize("fmt", ["jpeg", "webp", "avif"])
def test_every_format_is_written(sandbox: Sandbox, fmt: str) -> None:
    sizes = parse(f'{{"sizes": [{{"geometry": "30x", "format": "{fmt}"}}]}}')
    (variant,) = sandbox.make_variants(_file(PQ), sizes).variants
    assert images.dimensions(variant.body) == (30, 20)
