"""Sharpening at 0, 1 and 2: whole variants, and parts of them with visible pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED

if TYPE_CHECKING:
    from bench.features.engine import Engine

AMOUNTS = (0, 1, 2)
TIMES = 4  # how wide a part's pixels are on the sheet
WIDE, HIGH = 90, 60


class Scene(NamedTuple):
    """What a row shows: a variant of a photo, and the place of its part."""

    name: str
    photo: str
    geometry: str
    left: int = 0
    top: int = 0


SCENES = (
    Scene("faces", "photos/j08_rot6.jpg", "50x"),
    Scene("faces", "photos/j08_rot6.jpg", "150x", 40, 35),
    Scene("faces", "photos/j08_rot6.jpg", "300x", 110, 85),
    Scene("foliage", "phones/ultrahdr_04.jpg", "150x", 20, 45),
    Scene("foliage", "phones/ultrahdr_04.jpg", "300x", 20, 90),
    Scene("text", "photos/j12_d90.jpg", "300x", 180, 40),
    Scene("text", "photos/p05_shot.png", "1200x", 440, 20),
    Scene("transparency", "photos/p03_alpha.png", "150x", 30, 20),
)


def sheet(engine: Engine) -> Sheet | None:
    """One row a scene."""
    rows = []
    for scene in SCENES:
        file = SHARED / scene.photo
        if file.exists():
            sizes = [
                {"geometry": scene.geometry, "name": f"s{amount}", "sharpen": amount}
                for amount in AMOUNTS
            ]
            bodies = engine.make(file.read_bytes(), {"sizes": sizes})
            rows.append(tuple(_cells(scene, bodies)))
    title = 'Sharpening: "sharpen" 0, 1 and 2'
    return Sheet(title, tuple(rows)) if rows else None


def _cells(scene: Scene, bodies: list[bytes]) -> list[Cell]:
    """The whole variants if they are small, then their parts."""
    captions = [
        f'{scene.name}, {scene.geometry}, "sharpen": {amount}\n{len(body):,} bytes'
        for amount, body in zip(AMOUNTS, bodies, strict=True)
    ]
    pairs = [*zip(bodies, captions, strict=True)]
    whole = [Cell(*pair) for pair in pairs] if scene.geometry in ("50x", "150x") else []
    return [*whole, *(Cell(_part(body, scene), caption) for body, caption in pairs)]


def _part(body: bytes, scene: Scene) -> bytes:
    image = Image.open(io.BytesIO(body)).convert("RGBA")
    right, bottom = scene.left + WIDE, scene.top + HIGH
    box = scene.left, scene.top, min(right, image.width), min(bottom, image.height)
    size = (TIMES * (box[2] - box[0]), TIMES * (box[3] - box[1]))
    part = image.crop(box).resize(size, Image.Resampling.NEAREST)
    shown = io.BytesIO()
    part.save(shown, "png")
    return shown.getvalue()
