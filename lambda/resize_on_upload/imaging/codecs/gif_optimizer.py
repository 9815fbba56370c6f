"""An animation's frames → only what changes in each, in 256 colours.

ImageMagick's `-layers optimize` does the same, but takes most of the time of a small
GIF, and its encoder then quantizes the frames a second time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ..imagemagick import magick, sequence
from ..resizing import resample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

COLOURS = 256


def optimize(frames: magick.Image) -> None:
    """Crop each frame to the area that differs from the one before.

    Args:
        frames: Frames of one size; each pixel is opaque or transparent.
    """
    boxes = _boxes(frames) if resample.is_built() else None
    if boxes is None:
        frames.optimize_layers()
    else:
        _crop(frames, boxes)
    for _ in sequence.iterate(frames):
        frames.quantize(COLOURS, dither=False)
        sequence.default_gamma(frames)


def _boxes(frames: magick.Image) -> list[resample.Box] | None:
    """The changed area of each later frame; None if a pixel becomes transparent."""
    found = []
    for before, now in pairwise(_pixels(frames)):
        box = resample.changed_box(before, now, frames.width, frames.height)
        if box is None:
            return None
        found.append(box)
    return found


def _crop(frames: magick.Image, boxes: list[resample.Box]) -> None:
    width, height = frames.width, frames.height
    frames.alpha_channel = "set"  # of all frames, and it moves to the last of them
    for _ in sequence.iterate(frames):
        sequence.set_dispose_none(frames)
    for box, (before, now) in zip(boxes, pairwise(_pixels(frames)), strict=True):
        drawn = resample.difference(before, now, width, box)
        sequence.replace_part(frames, box, (width, height), drawn)


def _pixels(frames: magick.Image) -> Iterator[Any]:
    for _ in sequence.iterate(frames):
        yield magick.pixels(frames, "RGBA")
