"""Photos of formats that are only read: HEIC, JPEG XL and RAW."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from PIL import Image

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.features.engine import Engine

PHOTO = SHARED / "photos" / "j12_d90.jpg"
SIZES = {"sizes": ["200x200"]}
COLUMNS = 7


def sheet(engine: Engine) -> Sheet | None:
    """All files of phones and conformance tests, and RAW photos made of one photo."""
    cells = [
        Cell(body, f"{name}\n{len(original):,} bytes")
        for name, original in _originals()
        for body in engine.make(original, SIZES, may_be_rejected=True)
    ]
    rows = [tuple(cells[at : at + COLUMNS]) for at in range(0, len(cells), COLUMNS)]
    return Sheet("Formats that are only read", tuple(rows)) if rows else None


def _originals() -> Iterator[tuple[str, bytes]]:
    for kind in ("heic", "jxl"):
        for file in sorted((SHARED / "phones").glob(f"{kind}_*")):
            yield file.stem, file.read_bytes()
    if PHOTO.exists():
        with Image.open(PHOTO) as photo:
            photo.thumbnail((1_800, 1_800))
            jpeg = _encoded(photo)
            size = photo.size
        yield "RAW", _raw_photo(jpeg, size)
        yield "RAW, turned", _raw_photo(jpeg, size, orientation=6)
        yield "RAW, Adobe RGB by EXIF", _raw_photo(jpeg, size, color_space=2)


def _encoded(photo: Image.Image) -> bytes:
    file = io.BytesIO()
    photo.save(file, "jpeg", quality=90)
    return file.getvalue()


def _raw_photo(
    jpeg: bytes, size: tuple[int, int], orientation: int = 1, color_space: int = 1
) -> bytes:
    """A TIFF that says it has sensor values, and has a JPEG of the same size."""
    exif = _directory({0xA001: color_space})
    start = 8 + len(exif)
    tags = {256: size[0], 257: size[1], 262: 32_803, 274: orientation}
    end = start + 2 + 12 * (len(tags) + 3) + 4
    tags |= {513: end, 514: len(jpeg), 0x8769: 8}
    return struct.pack("<2sHI", b"II", 42, start) + exif + _directory(tags) + jpeg


def _directory(tags: dict[int, int]) -> bytes:
    """A directory of numbers; the orientation must be a short one."""
    entries = (
        struct.pack("<HHII", tag, 3 if tag == 274 else 4, 1, value)
        for tag, value in tags.items()
    )
    return struct.pack("<H", len(tags)) + b"".join(entries) + bytes(4)
