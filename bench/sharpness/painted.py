"""A painted image with text, a face and foliage, for the docs: code makes all of it."""

from __future__ import annotations

import io
import math
import random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 1_800, 1_200
MARGIN, TIMES = 12, 2  # between variants; how wide their pixels are

_TEXT = ("Read me", "small print", "and smaller yet: 0123456789")
_GREENS = ("#1d3b1c", "#2c5a26", "#3f7a33", "#63a04a", "#9cc96c")


def original() -> bytes:
    """The image, as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#cfdbe6")
    pen = ImageDraw.Draw(image)
    _foliage(pen)
    _face(pen)
    image = image.filter(ImageFilter.GaussianBlur(1.5))
    _text(ImageDraw.Draw(image))
    body = io.BytesIO()
    image.save(body, "png")
    return body.getvalue()


def side_by_side(bodies: Sequence[bytes]) -> Image.Image:
    """Variants of one size in a row, enlarged, in few colours: a small file."""
    images = [Image.open(io.BytesIO(body)).convert("RGB") for body in bodies]
    width, height = (TIMES * side for side in images[0].size)
    size = (len(images) * (width + MARGIN) - MARGIN, height)
    row = Image.new("RGB", size, "white")
    for index, image in enumerate(images):
        shown = image.resize((width, height), Image.Resampling.NEAREST)
        row.paste(shown, (index * (width + MARGIN), 0))
    return row.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def _text(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((60, 60, 900, 520), "#fbf7ee")
    top = 90
    for line, size in zip(_TEXT, (180, 110, 60), strict=True):
        pen.text((100, top), line, "#202020", ImageFont.load_default(size))
        top += size + 20


def _face(pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse((150, 580, 750, 1_400), "#3a2a22")
    pen.ellipse((220, 640, 680, 1_230), "#d9a883")
    for middle in (340, 560):
        pen.ellipse((middle - 60, 830, middle + 60, 900), "#f4efe8")
        pen.ellipse((middle - 26, 838, middle + 26, 892), "#2d4a5e")
        pen.arc((middle - 80, 770, middle + 80, 880), 200, 340, "#3a2a22", 16)
    pen.line((450, 880, 425, 1_010, 470, 1_020), "#b07f5f", 10, "curve")
    pen.arc((350, 1_000, 550, 1_130), 20, 160, "#a03c3c", 22)
    for left in range(290, 620, 12):
        pen.line((left, 640, 1.2 * left - 90, 760), "#241812", 5)


def _foliage(pen: ImageDraw.ImageDraw) -> None:
    rng = random.Random(5)  # noqa: S311 - the same image every time
    for _ in range(9_000):
        x, y = rng.gauss(1_360, 190), rng.gauss(640, 260)
        angle, length = rng.uniform(0, math.tau), rng.uniform(15, 50)
        ahead = (length * math.cos(angle), length * math.sin(angle))
        aside = (-ahead[1] / 4, ahead[0] / 4)
        leaf = [
            (x - ahead[0], y - ahead[1]),
            (x + aside[0], y + aside[1]),
            (x + ahead[0], y + ahead[1]),
            (x - aside[0], y - aside[1]),
        ]
        pen.polygon(leaf, rng.choice(_GREENS))
