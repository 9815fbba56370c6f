"""Find the same crops of a photo with this project, with libvips, and in the middle."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import skimage.data

from bench.attention.photos import PHOTOS
from bench.engines.peer import Peer, this_project
from bench.folders import ROOT, SHARED
from bench.peers import loop
from local.stack import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.attention.photos import Subject
    from bench.engines.place import Place

_SKIMAGE = Path(skimage.data.__file__).parent
PYTHON = TOOLS / "bench" / "bin" / "python"
ASPECTS = (1.0, 2.0, 0.5)
THIS, VIPS, CENTER = "this project", "libvips attention", "center"
_CUT = 0.98
"""A crop that shows more of a side does not cut it."""

Box = tuple[float, float, float, float]
"""Left, top, width and height, in fractions of the image."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One crop of a photo, as each engine cuts it."""

    boxes: dict[str, Box]
    subject: Subject | None

    @property
    def distance(self) -> float:
        """Between the centres of this project's and libvips's, along the cut side."""
        this, other = self.boxes[THIS], self.boxes[VIPS]
        return max(abs(this[0] - other[0]), abs(this[1] - other[1]))

    def shown(self, engine: str) -> float:
        """How much of the subject is in the crop, of what fits into it."""
        if not self.subject:
            raise AssertionError
        left, top, right, bottom = self.subject
        x, y, width, height = self.boxes[engine]
        across = min(right, x + width) - max(left, x)
        down = min(bottom, y + height) - max(top, y)
        most = min(width, right - left) * min(height, bottom - top)
        return max(across, 0) * max(down, 0) / most


def photos() -> Iterator[tuple[Path, Subject | None]]:
    """The photos that are on this machine."""
    for name, subject in PHOTOS.items():
        folder, _, rest = name.partition("/")
        own = folder == "skimage"
        file = _SKIMAGE / rest if own else SHARED / name
        if file.exists():
            yield file, subject


@dataclass(frozen=True, slots=True)
class Engines:
    """Both engines, running.

    Attributes:
        folder: For a photo and the results.
    """

    this: Peer
    vips: Peer
    folder: Path

    def crops(self, photo: Path, subject: Subject | None) -> list[Crop]:
        """The crops of a photo that cut something."""
        this, other = self._boxes(self.this, photo), self._boxes(self.vips, photo)
        return [
            Crop({THIS: this, VIPS: other, CENTER: _centred(this)}, subject)
            for this, other in zip(this, other, strict=True)
            if min(this[2:]) < _CUT
        ]

    def _boxes(self, peer: Peer, photo: Path) -> list[Box]:
        copy = shutil.copyfile(photo, self.folder / "photo")
        peer.ask({"file": str(copy), "aspects": ASPECTS}, self.folder)
        found = json.loads((self.folder / "0").read_text())
        width, height = found["size"]
        boxes = []
        for aspect, (left, top) in zip(ASPECTS, found["starts"], strict=True):
            across, down = loop.box((width, height), aspect)
            boxes.append((left / width, top / height, across / width, down / height))
        return boxes


@contextmanager
def running(place: Place) -> Iterator[Engines]:
    """Run both engines during the block."""
    this = this_project(place, "attention")
    with this.running() as one, libvips().running() as other:
        yield Engines(one, other, place.folder("attention"))


def libvips() -> Peer:
    """Its process; PYTHON must exist."""
    command = (str(PYTHON), "-m", "bench.peers.attention_vips")
    return Peer("libvips", command, os.environ | {"PYTHONPATH": str(ROOT)})


def _centred(box: Box) -> Box:
    _, _, width, height = box
    return (1 - width) / 2, (1 - height) / 2, width, height
