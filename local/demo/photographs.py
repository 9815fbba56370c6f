"""Four real photographs, which the package scikit-image contains as sample data.

They are downloaded once, and not part of this repository. Their terms are those that
the package states for each.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.stack import ROOT, TOOLS
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes import geometry
from resize_on_upload.sizes.size import Size
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from pathlib import Path

_AS_JPEG = Size(
    name="photograph", geometry=geometry.parse("2000x2000>"), format="jpeg", quality=92
)
"""Cameras write JPEG; most of these are stored as PNG."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A file of scikit-image.

    Attributes:
        key: Its name in the demo.
        credit: Who made it, and the terms.
    """

    file: str
    key: str
    credit: str


PHOTOGRAPHS = (
    Photograph(
        "astronaut.png",
        "astronaut.jpg",
        "the astronaut Eileen Collins; NASA, public domain",
    ),
    Photograph(
        "chelsea.png", "chelsea.jpg", "Chelsea the cat; by Stefan van der Walt, CC0"
    ),
    Photograph("coffee.png", "coffee.jpg", "a cup of coffee; by Rachel Michetti, CC0"),
    Photograph(
        "hubble_deep_field.jpg",
        "hubble_deep_field.jpg",
        "the Hubble eXtreme Deep Field; NASA, public domain",
    ),
)


def photographs() -> dict[str, Path]:
    """Key → file of the photographs; none, and a note, if there is no network."""
    done = subprocess.run(
        [ROOT / "local" / "install", "photographs"],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHON": sys.executable, "LOCAL_TOOLS": str(TOOLS)},
        capture_output=True,
    )
    if done.returncode:
        say("The four photographs cannot be downloaded; painted ones are shown alone.")
        return {}
    return {one.key: _as_jpeg(TOOLS / "photographs" / one.file) for one in PHOTOGRAPHS}


def credits_of(photos: dict[str, Path]) -> list[str]:
    """Return a line for each of the photographs among some photos."""
    folder = TOOLS / "photographs"
    shown = [
        one
        for one in PHOTOGRAPHS
        if photos.get(one.key) == (folder / one.file).with_suffix(".jpg")
    ]
    lines = [f"{one.key}: {one.credit}" for one in shown]
    source = "From the sample data of scikit-image; PNGs were saved as JPEG."
    return [*lines, source] if lines else []


def _as_jpeg(file: Path) -> Path:
    target = file.with_suffix(".jpg")
    if not target.exists():
        (made,) = make_variants(file.read_bytes(), [_AS_JPEG]).variants
        target.write_bytes(made.body)
    return target
