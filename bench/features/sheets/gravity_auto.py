"""Square crops of photos: in the middle, with "gravity": "auto", and by libvips."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.attention.comparison import PYTHON, libvips, photos
from bench.features.sheet import Cell, Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from bench.engines.peer import Peer
    from bench.features.engine import Engine

_SIDE, _PER_ROW = 150, 3
_SQUARE = {"geometry": f"{_SIDE}x{_SIDE}^", "crop": True}
_SIZES = {
    "format": "jpeg",
    "animation": "first",
    "sizes": [
        {"geometry": f"{_SIDE}x{_SIDE}", "name": "photo"},
        {**_SQUARE, "name": "center"},
        {**_SQUARE, "name": "auto", "gravity": "auto"},
    ],
}


def sheet(engine: Engine) -> Sheet | None:
    """Three photos per row; libvips's crops are left out if it is not installed."""
    with ExitStack() as stack:
        peer = stack.enter_context(libvips().running()) if PYTHON.exists() else None
        cells = [_cells(engine, peer, photo) for photo, _ in photos()]
    rows = [
        tuple(cell for one in cells[at : at + _PER_ROW] for cell in one)
        for at in range(0, len(cells), _PER_ROW)
    ]
    title = "Square crops: photo, center, auto, libvips attention"
    return Sheet(title, tuple(rows)) if rows else None


def _cells(engine: Engine, peer: Peer | None, photo: Path) -> list[Cell]:
    made = engine.make(photo.read_bytes(), _SIZES)
    names = (photo.name[:18], "center", "auto")
    cells = [Cell(body, name) for body, name in zip(made, names, strict=True)]
    if peer:
        peer.ask({"file": str(photo), "aspects": [1.0]}, engine.folder)
        crop = engine.folder / "1"
        cells.append(Cell(crop.read_bytes(), "libvips", _SIDE))
    return cells
