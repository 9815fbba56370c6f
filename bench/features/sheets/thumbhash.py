"""The ThumbHash of photos: next to each photo, its hash of 16 and of 100 pixels."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED
from bench.thumbhash import Decoded
from resize_on_upload.imaging.imagemagick.thumbhash import encode

if TYPE_CHECKING:
    from bench.features.engine import Engine

SIDE = 260
SIZES = {
    "format": "png",
    "animation": "first",
    "sizes": ["260x260", {"geometry": "16x16>", "name": "p"}, "100x100"],
}
PHOTOS = (
    *("j08_rot6.jpg", "j12_d90.jpg", "j12_prog.jpg", "j24_mont.jpg"),
    *("w12_lossy.webp", "p05_shot.png", "p03_alpha.png"),
)


def sheet(engine: Engine) -> Sheet | None:
    """One row a photo."""
    rows = []
    for name in PHOTOS:
        file = SHARED / "photos" / name
        if file.exists():
            photo, *reduced = engine.make(file.read_bytes(), SIZES)
            decoded = (_decoded(body) for body in reduced)
            rows.append((Cell(photo, name), *decoded))
    title = "ThumbHash: decoded from at most 25 bytes"
    return Sheet(title, tuple(rows)) if rows else None


def _decoded(body: bytes) -> Cell:
    image = Image.open(io.BytesIO(body)).convert("RGBA")
    found = encode(image.width, image.height, image.tobytes())
    decoded, scale = Decoded(found), SIDE / max(image.size)
    width, height = (round(side * scale) for side in image.size)
    pixels = (
        decoded.at((x + 0.5) / width, (y + 0.5) / height)
        for y in range(height)
        for x in range(width)
    )
    levels = (round(255 * min(max(one, 0), 1)) for pixel in pixels for one in pixel)
    shown = io.BytesIO()
    Image.frombytes("RGBA", (width, height), bytes(levels)).save(shown, "png")
    text = base64.b64encode(found).decode()
    return Cell(shown.getvalue(), f"of {image.width}x{image.height} pixels\n{text}")
