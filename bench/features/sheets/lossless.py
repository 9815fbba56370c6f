"""A flat graphic and a screenshot as lossy and as lossless WebP."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED

if TYPE_CHECKING:
    from bench.features.engine import Engine

CHOICES: dict[str, bool | str] = {"lossy": False, "lossless": True, "auto": "auto"}
GEOMETRIES = ("100%", "200x")
PART = (0, 0, 400, 260)  # of the screenshot: its left upper corner


def sheet(engine: Engine) -> Sheet | None:
    """One row an image and geometry."""
    originals = {"graphic": _graphic()}
    screenshot = SHARED / "photos" / "p05_shot.png"
    if screenshot.exists():
        originals["screenshot"] = _stored(Image.open(screenshot).crop(PART))
    rows = (
        _row(engine, original, f"{name}, {geometry}", geometry)
        for name, original in originals.items()
        for geometry in GEOMETRIES
    )
    return Sheet("Lossless WebP", tuple(rows))


def _row(
    engine: Engine, original: bytes, title: str, geometry: str
) -> tuple[Cell, ...]:
    sizes = [
        {"geometry": geometry, "name": name, "format": "webp", "lossless": choice}
        for name, choice in CHOICES.items()
    ]
    made = engine.make(original, {"sizes": sizes})
    return tuple(
        Cell(body, f"{title}: {name}\n{len(body):,} bytes")
        for name, body in zip(CHOICES, made, strict=True)
    )


def _graphic() -> bytes:
    """A chart with text, in five colours."""
    image = Image.new("RGB", (400, 260), "#ffffff")
    pen = ImageDraw.Draw(image)
    pen.text((20, 12), "Uploads per day", "#202020", ImageFont.load_default(24))
    for number, height in enumerate((60, 110, 90, 170, 140, 190)):
        left = 30 + number * 60
        colour = "#d02020" if number % 2 else "#2050c0"
        pen.rectangle((left, 240 - height, left + 40, 240), colour)
        pen.text((left + 6, 222 - height), str(height), "#202020")
    pen.line((20, 241, 380, 241), "#808080", 2)
    return _stored(image)


def _stored(image: Image.Image) -> bytes:
    stored = io.BytesIO()
    image.convert("RGB").save(stored, "png")
    return stored.getvalue()
