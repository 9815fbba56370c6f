"""HDR photos: gain maps that are kept, and HDR signals that become SDR images."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyvips
from PIL.MpoImagePlugin import MpoImageFile

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED

if TYPE_CHECKING:
    from bench.features.engine import Engine

GAIN_MAPS = ("ultrahdr_01", "ultrahdr_02", "apple_gainmap_new")
SIGNALS = ("seine_hdr_rec2020", "io/cosmos1650_yuv444_10bpc_p3pq")
WIDTH = 400
STOPS = (0, -1, -2)
"""Exposures of the HDR image: in the darker ones, its highlights show details."""

_PQ, _SRGB = b"\0\x10", b"\0\x0d"


def sheet(engine: Engine) -> Sheet | None:
    """Variants with gain maps, and their exposures; then signals before and now."""
    phones, libavif = SHARED / "phones", SHARED / "corpus/AOMediaCodec__libavif"
    rows = [
        _gain_map(engine, file.read_bytes())
        for name in GAIN_MAPS
        if (file := phones / f"{name}.jpg").exists()
    ]
    rows += [
        _signal(engine, file.read_bytes())
        for name in SIGNALS
        if (file := libavif / "tests/data" / f"{name}.avif").exists()
    ]
    return Sheet("HDR photos", tuple(rows)) if rows else None


def _gain_map(engine: Engine, original: bytes) -> tuple[Cell, ...]:
    document = {"sizes": [f"{WIDTH}x", {"geometry": f"{2 * WIDTH}x", "hdr": "keep"}]}
    dropped, kept = engine.make(original, document)
    exposures = (
        Cell(_exposed(kept, stops), f"HDR image at {stops} stops", WIDTH)
        for stops in STOPS
    )
    return (
        Cell(dropped, "SDR image", WIDTH),
        Cell(_map(kept), f"gain map in {len(kept):,} bytes\nof {2 * WIDTH}x", WIDTH),
        *exposures,
    )


def _map(variant: bytes) -> bytes:
    image = MpoImageFile(io.BytesIO(variant))
    image.seek(1)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _exposed(variant: bytes, stops: int) -> bytes:
    """What libultrahdr renders, darker, as far as an SDR screen shows it."""
    hdr = pyvips.Image.new_from_buffer(variant, "").uhdr2scRGB()
    image = (hdr * 2.0**stops).copy(interpretation="scrgb").colourspace("srgb")
    return bytes(image.write_to_buffer(".png"))


def _signal(engine: Engine, original: bytes) -> tuple[Cell, ...]:
    """The image as if its signal were sRGB, as it was until now; and as it is."""
    at = original.index(b"colrnclx") + 8 + 2
    if original[at : at + 2] != _PQ:
        msg = "the image is not PQ"
        raise ValueError(msg)
    washed_out = original[:at] + _SRGB + original[at + 2 :]
    document = {"sizes": [f"{WIDTH}x"]}
    (before,), (now,) = (engine.make(b, document) for b in (washed_out, original))
    return Cell(before, "PQ taken for sRGB"), Cell(now, "PQ tone-mapped to sRGB")
