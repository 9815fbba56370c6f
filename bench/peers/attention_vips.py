"""Where libvips cuts crops with `attention`, and such a crop."""

from __future__ import annotations

import io
import json
from typing import Any

import pillow_heif
import pyvips
from PIL import Image, ImageOps

from bench.peers import loop

SIDE = 480
pillow_heif.register_heif_opener()


def resize(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """Return left and top for each of the job's aspect ratios, and the first crop."""
    image = _image(blob)
    starts, crops = [], []
    for aspect in job["aspects"]:
        width, height = loop.box((image.width, image.height), aspect)
        crop, at = image.smartcrop(
            width, height, interesting="attention", attention_x=True, attention_y=True
        )
        left = min(max(at["attention_x"] - width // 2, 0), image.width - width)
        top = min(max(at["attention_y"] - height // 2, 0), image.height - height)
        starts.append((left, top))
        crops.append(crop.pngsave_buffer())
    found = {"size": (image.width, image.height), "starts": starts}
    return [json.dumps(found).encode(), crops[0]]


def _image(blob: bytes) -> Any:
    """The image, upright and reduced; Pillow decodes what libvips here cannot."""
    try:
        found = _reduced(blob)
    except pyvips.Error:
        decoded = io.BytesIO()
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(blob)))
        upright.convert("RGB").save(decoded, "png")
        found = _reduced(decoded.getvalue())
    return found


def _reduced(blob: bytes) -> Any:
    found = pyvips.Image.thumbnail_buffer(blob, SIDE, height=SIDE, size="down")
    found = found.colourspace("srgb")
    return (found.flatten(background=255) if found.hasalpha() else found).copy_memory()


if __name__ == "__main__":
    loop.run(resize)
