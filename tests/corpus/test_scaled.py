"""Fast ways to decode, compared with the slow one on real photos."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow

from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.codecs import decode
from resize_on_upload.imaging.formats import JPEG
from resize_on_upload.imaging.headers import jpeg
from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick
from tests.support.shared_files import ABSENT, CORPUS, SHARED

if TYPE_CHECKING:
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

SIZES = parse('{"sizes": ["150x", "400x", "x90"], "format": "png"}')
MAX_PIXELS = 20_000_000


def _photos() -> list[Path]:
    return [*_jpegs(SHARED / "photos"), *_jpegs(CORPUS)]


def _jpegs(folder: Path) -> list[Path]:
    """Every JPEG that can be decoded and is large enough to be scaled."""
    found = []
    for file in sorted(folder.rglob("*.jp*g")):
        try:
            header = probe(file.read_bytes(), Limits(pixels=MAX_PIXELS)).header
        except Rejected:
            continue
        if min(header.width, header.height) >= 600:
            found.append(file)
    return found


PHOTOS = _photos()
needs_photos = pytest.mark.skipif(not PHOTOS, reason=ABSENT)


@needs_photos
@pytest.mark.parametrize("photo", PHOTOS, ids=lambda file: file.stem)
def test_a_scaled_decode_is_not_shifted(photo: Path, sandbox: Sandbox) -> None:
    """Block rounding shifts no corner by more than a fifth of a pixel."""
    blob = photo.read_bytes()
    try:
        variants = sandbox.make_variants(blob, SIZES).variants
    except Rejected:
        return
    whole = _upright(blob)
    for variant in variants:
        size = variant.width, variant.height
        exact = np.asarray(whole.resize(size, Pillow.Resampling.LANCZOS), dtype=float)
        found = np.asarray(
            Pillow.open(io.BytesIO(variant.body)).convert("L"), dtype=float
        )
        for corner in _quarters(exact, found):
            assert np.abs(_shift(*corner)).max() < 0.2, variant.size.name


def _upright(blob: bytes) -> Any:
    orientation = probe(blob, Limits()).header.orientation
    turns = Pillow.Transpose
    turn = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_270,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_90,
    }.get(orientation)
    image = Pillow.open(io.BytesIO(blob)).convert("L")
    return image.transpose(turn) if turn is not None else image


def _quarters(*images: Any) -> list[tuple[Any, ...]]:
    height, width = (side // 2 for side in images[0].shape)
    return [
        tuple(image[rows, columns] for image in images)
        for rows in (slice(height), slice(height, None))
        for columns in (slice(width), slice(width, None))
    ]


def _shift(exact: Any, found: Any) -> Any:
    """Pixels by which `found` is shifted: one step of Lucas and Kanade."""
    down, across = np.gradient(exact)
    slopes = np.stack([across.ravel(), down.ravel()], axis=1)
    if np.linalg.cond(slopes) > 1e3:  # a plain quarter has no position
        return np.zeros(2)
    offset = exact.mean() - found.mean()
    return np.linalg.lstsq(slopes, (exact - found - offset).ravel(), rcond=None)[0]


@needs_photos
def test_a_decode_at_an_eighth_needs_no_ac_scans() -> None:
    """Progressive photos give the same at 1/8 with and without their AC scans.

    Those of the corpus, and others converted, in colour and in grey.
    """
    blobs = [photo.read_bytes() for photo in PHOTOS]
    progressive = ["jpeg:-", "-interlace", "Plane"]
    made = [
        imagemagick.run([*progressive, *more, "jpeg:-"], blob)
        for blob in blobs[:8]
        for more in ((), ("-colorspace", "Gray"), ("-sampling-factor", "4:4:4"))
    ]
    seen = 0
    for blob in (*blobs, *made):
        found = probe(blob, Limits())
        if not found.header.progressive:
            continue
        with magick.Image() as one, magick.Image() as other:
            short = jpeg.drop_ac_scans(blob)
            assert len(short) < len(blob)
            for image, data in ((one, blob), (other, short)):
                image.options.update(decode._scaled(blob, found, 1)[1])
                magick.read(image, data, JPEG.name, first_only=True)
            assert one.size == other.size
            assert magick.pixels(one, "RGB").raw == magick.pixels(other, "RGB").raw
        seen += 1
    assert seen >= len(made)
