"""Watermarks on photos: gravity, opacity, width, and a size too narrow for one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED

if TYPE_CHECKING:
    from bench.features.engine import Engine

PHOTOS = ("j08_rot6.jpg", "j24_mont.jpg", "p03_alpha.png", "p05_shot.png")
CASES: dict[str, dict[str, object]] = {
    "defaults": {},
    "northwest, opacity 0.5": {"gravity": "northwest", "opacity": 0.5},
    "center, width 60 %, opacity 0.3": {
        "gravity": "center",
        "width": "60%",
        "opacity": 0.3,
    },
    "south, width 100 %": {"gravity": "south", "width": "100%"},
}


def sheet(engine: Engine) -> Sheet | None:
    """One row a photo; at its end a size below minWidth."""
    logo = str(engine.keep("logo.png", _logo()))
    sizes = [
        {
            "geometry": "300x300",
            "name": f"s{number}",
            "watermark": {"file": logo, **one},
        }
        for number, one in enumerate(CASES.values())
    ]
    narrow = {"geometry": "100x100", "watermark": {"file": logo, "minWidth": 150}}
    captions = [*CASES, "minWidth 150"]
    rows = []
    for name in PHOTOS:
        file = SHARED / "photos" / name
        if file.exists():
            made = engine.make(file.read_bytes(), {"sizes": [*sizes, narrow]})
            cells = zip(made, captions, strict=True)
            rows.append(tuple(Cell(body, caption) for body, caption in cells))
    return Sheet("Watermarks", tuple(rows)) if rows else None


def _logo() -> bytes:
    """A white plate with a red dot and a name."""
    image = Image.new("RGBA", (300, 100))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, 299, 99), 20, fill="#ffffff")
    pen.ellipse((20, 20, 80, 80), fill="#d02020")
    pen.text((100, 28), "Atelier", fill="#000000", font=ImageFont.load_default(44))
    stored = io.BytesIO()
    image.save(stored, "png")
    return stored.getvalue()
