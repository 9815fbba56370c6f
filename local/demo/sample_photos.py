"""Paint sample photos: the cases that resizers get wrong.

`python -m local.demo.sample_photos FOLDER` writes them. It is a separate program
because it uses coders that the function's policy forbids.
"""

from __future__ import annotations

import math
import random
import struct
import sys
from itertools import pairwise
from pathlib import Path

from wand.color import Color
from wand.drawing import Drawing
from wand.image import Image

_RIDGES = ("#8fa7c4", "#6d88ab", "#4a6a8c", "#2f4f63", "#1c3640")


def paint(folder: Path) -> None:
    """Write every sample into the folder, at its key."""
    samples = {
        "mountains.jpg": _jpeg(_landscape(3600, 2400, seed=4)),
        "phone portrait.jpg": _phone_portrait(),
        "logo.png": _logo(),
        "lake.webp": _landscape(2400, 1600, seed=9).make_blob("webp"),
        "holiday 2026/Zürich + See.jpg": _jpeg(_landscape(3000, 2000, seed=7)),
    }
    for key, body in samples.items():
        file = folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


def exif_orientation(jpeg: bytes, value: int) -> bytes:
    """The JPEG with an EXIF segment for the orientation (1-8)."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, value, 0)
    tiff = b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    payload = b"Exif\x00\x00" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
    return jpeg[:2] + segment + jpeg[2:]


def _phone_portrait() -> bytes:
    """A portrait that is stored rotated, as phones do: EXIF orientation 6."""
    image = _landscape(2268, 3024, seed=11)
    image.rotate(-90)
    return exif_orientation(_jpeg(image), 6)


def _jpeg(image: Image) -> bytes:
    image.compression_quality = 90
    return bytes(image.make_blob("jpeg"))


def _landscape(width: int, height: int, *, seed: int) -> Image:
    rng = random.Random(seed)  # noqa: S311 - the same image every time
    image = Image()
    image.pseudo(width, height, "gradient:#f7b267-#35618f")
    image.flip()
    with Drawing() as draw:
        draw.fill_color = Color("#fff3d6")
        at = (width * rng.uniform(0.2, 0.8), height * 0.36)
        draw.circle(at, (at[0] + min(width, height) * 0.07, at[1]))
        for layer, colour in enumerate(_RIDGES):
            draw.fill_color = Color(colour)
            top = height * (0.42 + 0.11 * layer)
            draw.polygon(_ridge(rng, width, height, top, height * 0.2))
        draw(image)
    image.noise("gaussian", attenuate=0.12)
    image.depth = 8
    return image


def _ridge(
    rng: random.Random, width: int, height: int, top: float, rough: float
) -> list[tuple[float, float]]:
    """A mountain ridge by midpoint displacement, closed along the lower edge."""
    line = [top, top]
    while len(line) < 200:  # noqa: PLR2004 - looks smooth
        middles = [
            (a + b) / 2 + rng.uniform(-rough, rough) / 2 for a, b in pairwise(line)
        ]
        line = [y for pair in zip(line, middles, strict=False) for y in pair] + line[
            -1:
        ]
        rough *= 0.55
    step = width / (len(line) - 1)
    points = [(index * step, y) for index, y in enumerate(line)]
    return [*points, (width, height), (0, height)]


def _logo() -> bytes:
    """A badge with a soft edge on a transparent background."""
    side = 900
    with Image(width=side, height=side, background=Color("transparent")) as image:
        with Drawing() as draw:
            middle = side / 2
            for ring, colour in ((0.46, "#1c3640"), (0.4, "#f7b267"), (0.3, "#35618f")):
                draw.fill_color = Color(colour)
                draw.circle((middle, middle), (middle + side * ring, middle))
            draw.fill_color = Color("#fff3d6")
            draw.polygon(_star(middle, side * 0.24))
            draw(image)
        image.gaussian_blur(radius=0, sigma=3, channel="alpha")
        image.depth = 8
        return bytes(image.make_blob("png32"))


def _star(middle: float, radius: float) -> list[tuple[float, float]]:
    points = []
    for index in range(10):
        reach = radius if index % 2 == 0 else radius * 0.4
        angle = math.pi * (index / 5 - 0.5)
        points.append(
            (middle + reach * math.cos(angle), middle + reach * math.sin(angle))
        )
    return points


if __name__ == "__main__":
    paint(Path(sys.argv[1]))
