"""Pillow at its best: one decode with draft(), rotated when small, sizes cascaded."""

from __future__ import annotations

import io
import sys
import zlib
from typing import Any

from PIL import Image, ImageOps, ImageSequence

from bench.peers import loop

Image.MAX_IMAGE_PIXELS = None


def resize(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """Decode once at the scale that the largest size needs, largest first."""
    if job["animated"]:
        return [_film(blob, size) for size in job["sizes"]]
    sizes = sorted(job["sizes"], key=lambda size: -size[0] * size[1])
    image, made = _decoded(blob, sizes[0]), {}
    for width, height in sizes:
        image_of_size = image.resize(
            (width, height), Image.Resampling.LANCZOS, reducing_gap=2.0
        )
        made[width, height] = _encoded(image_of_size, job)
        if width >= 2 * sizes[-1][0] and height >= 2 * sizes[-1][1]:
            image = image_of_size
    return [made[width, height] for width, height in job["sizes"]]


def floor(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """Do the least work possible: the decode at that scale, and the encoding.

    For a PNG, only the inflation, which is most of its decoding.
    """
    if job["format"] == "png":
        zlib.decompress(b"".join(_pixels_of(blob)))
    else:
        image = _decoded(blob, max(job["sizes"]))
        for size in job["sizes"]:
            _encoded(image.resize((size[0], size[1]), Image.Resampling.NEAREST), job)
    return []


def _decoded(blob: bytes, largest: list[int]) -> Image.Image:
    image: Any = Image.open(io.BytesIO(blob))
    lies = image.getexif().get(0x0112, 1) >= 5
    width, height = largest
    image.draft(None, (height, width) if lies else (width, height))
    if image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    upright: Image.Image = ImageOps.exif_transpose(image)
    return upright


def _encoded(image: Image.Image, job: dict[str, Any]) -> bytes:
    room = io.BytesIO()
    image.save(room, job["format"], quality=job["quality"])
    return room.getvalue()


def _film(blob: bytes, size: list[int]) -> bytes:
    image = Image.open(io.BytesIO(blob))
    frames = [
        frame.convert("RGBA").resize((size[0], size[1]), Image.Resampling.LANCZOS)
        for frame in ImageSequence.Iterator(image)
    ]
    room = io.BytesIO()
    frames[0].save(room, "GIF", save_all=True, append_images=frames[1:], loop=0)
    return room.getvalue()


def _pixels_of(blob: bytes) -> list[bytes]:
    at, found = 8, []
    while at + 12 <= len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        if blob[at + 4 : at + 8] == b"IDAT":
            found.append(blob[at + 8 : at + 8 + length])
        at += 12 + length
    return found


if __name__ == "__main__":
    loop.run(floor if sys.argv[1:] == ["floor"] else resize)
