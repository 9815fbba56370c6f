"""The default sizes of a few photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED

if TYPE_CHECKING:
    from bench.features.engine import Engine

GEOMETRIES = ["150x", "50x50", "x150"]


def sheet(engine: Engine) -> Sheet | None:
    """One row a photo."""
    rows = []
    for photo in sorted((SHARED / "photos").glob("*.jpg"))[:4]:
        variants = engine.make(photo.read_bytes(), {"sizes": GEOMETRIES})
        cells = zip(variants, GEOMETRIES, strict=True)
        rows.append(
            tuple(Cell(body, f"{size}\n{len(body):,} bytes") for body, size in cells)
        )
    return Sheet("Default sizes", tuple(rows)) if rows else None
