"""Paint sample photos: the cases that resizers get wrong.

`python -m local.demo.sample_photos FOLDER` writes them. It is a separate program
because it uses coders that the function's policy forbids.
"""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path

from wand.color import Color
from wand.drawing import Drawing
from wand.image import Image

from local.demo import scenes
from local.demo.city import city

DAMAGED = "cut off.jpg"
"""The key of the only sample that is rejected."""

_FRAMES = 20
_ORBITS = (
    (0.2, 0.035, 3, "#e0a15a"),
    (0.32, 0.05, 2, "#6fb1e8"),
    (0.43, 0.03, 1, "#c96a5b"),
)
"""Radius, size, rounds and colour of each planet."""


def paint(folder: Path) -> None:
    """Write every sample into the folder, at its key."""
    mountains = _jpeg(scenes.mountains(3600, 2400, seed=4))
    samples = {
        "mountains.jpg": mountains,
        "phone portrait.jpg": _phone_portrait(),
        "logo.png": _logo(),
        "lake.webp": scenes.lake(2400, 1600).make_blob("webp"),
        "holiday 2026/Zürich + See.jpg": _jpeg(city(6000, 4000)),
        "写真/ひまわり 😀.jpg": _print_ready(scenes.sunflower(1800)),
        "planets.gif": _planets(480),
        DAMAGED: mountains[: len(mountains) * 2 // 3],
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
    image = scenes.balloons(2268, 3024)
    image.rotate(-90)
    return exif_orientation(_jpeg(image), 6)


def _print_ready(image: Image) -> bytes:
    """A JPEG in CMYK, as print shops send it."""
    image.transform_colorspace("cmyk")
    return _jpeg(image)


def _jpeg(image: Image) -> bytes:
    image.compression_quality = 90
    return bytes(image.make_blob("jpeg"))


def _planets(side: int) -> bytes:
    """An animation: planets around their sun."""
    with Image() as animation:
        for frame in range(_FRAMES):
            with Image(width=side, height=side, background=Color("#0b1026")) as image:
                with Drawing() as draw:
                    _draw_planets(draw, side, 2 * math.pi * frame / _FRAMES)
                    draw(image)
                image.delay = 9
                animation.image_add(image)
        animation.format = "gif"
        return bytes(animation.make_blob())


def _draw_planets(draw: Drawing, side: int, turn: float) -> None:
    middle = side / 2
    draw.fill_color = Color("#ffd166")
    draw.circle((middle, middle), (middle + side * 0.09, middle))
    for away, size, rounds, colour in _ORBITS:
        draw.fill_color, draw.stroke_color = Color("transparent"), Color("#33406b")
        draw.circle((middle, middle), (middle + side * away, middle))
        draw.fill_color, draw.stroke_color = Color(colour), Color("transparent")
        across = middle + side * away * math.cos(turn * rounds)
        down = middle + side * away * math.sin(turn * rounds)
        draw.circle((across, down), (across + side * size, down))


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
