"""Pillow at its best: one decode with draft(), rotated when small, sizes cascaded.

With the argument "fast", fast_image_resize resizes in Pillow's place; with "floor",
nothing is resized well. pillow-heif decodes HEIC.
"""

from __future__ import annotations

import io
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pillow_heif
from PIL import Image, ImageOps, ImageSequence

from bench.peers import loop

if TYPE_CHECKING:
    from collections.abc import Callable

    Scale = Callable[[Image.Image, tuple[int, int]], Image.Image]

Image.MAX_IMAGE_PIXELS = None
pillow_heif.register_heif_opener()


def by_pillow(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Pillow's Lanczos, after a box average."""
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def by_fast_image_resize() -> Scale:
    """Return the Rust crate's Lanczos, by its Python package cykooz-resizer."""
    from cykooz_resizer import (  # noqa: PLC0415 - not loaded for the others
        FilterType,
        ResizeAlg,
        ResizeOptions,
        Resizer,
    )

    resizer = Resizer()
    options = ResizeOptions(resize_alg=ResizeAlg.convolution(FilterType.lanczos3))

    def scale(image: Image.Image, size: tuple[int, int]) -> Image.Image:
        scaled = Image.new(image.mode, size)
        resizer.resize_pil(image, scaled, options)
        return scaled

    return scale


def resize(blob: bytes, job: dict[str, Any], scale: Scale = by_pillow) -> list[bytes]:
    """Decode once at the scale that the largest size needs, largest first."""
    if job["animated"]:
        return [_film(blob, size) for size in job["sizes"]]
    sizes = sorted(job["sizes"], key=lambda size: -size[0] * size[1])
    image, made = _decoded(blob, sizes[0]), {}
    for width, height in sizes:
        image_of_size = scale(image, (width, height))
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
    if image.format != "HEIF":  # there, it would return the embedded thumbnail
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


def main(way: str) -> None:
    """Run jobs in one of the ways."""
    if way == "fast":
        scale = by_fast_image_resize()
        loop.run(lambda blob, job: resize(blob, job, scale))
    else:
        loop.run(floor if way == "floor" else resize)


if __name__ == "__main__":
    main("".join(sys.argv[1:]))
