"""An animation's frames → what changes from each to the next, in 256 colours.

The same is ImageMagick's `-layers optimize`, which takes most of the time of a small
GIF, and whose frames its writer then quantizes a second time.
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


def pack(film: magick.Image) -> None:
    """Leave of each frame what must be drawn over the one before it.

    Args:
        film: Frames of one size, their alpha all or nothing.
    """
    boxes = _boxes(film) if resample.is_built() else None
    if boxes is None:
        film.optimize_layers()
    else:
        _crop(film, boxes)
    for _ in sequence.each(film):
        film.quantize(COLOURS, dither=False)
        sequence.default_gamma(film)


def _boxes(film: magick.Image) -> list[resample.Box] | None:
    """What changes behind the first frame; None where a pixel is cleared."""
    found = []
    for before, now in pairwise(_pixels(film)):
        box = resample.changes(before, now, film.width, film.height)
        if box is None:
            return None
        found.append(box)
    return found


def _crop(film: magick.Image, boxes: list[resample.Box]) -> None:
    width, height = film.width, film.height
    film.alpha_channel = "set"  # of all frames, and it moves to the last of them
    for _ in sequence.each(film):
        sequence.stay(film)
    for box, (before, now) in zip(boxes, pairwise(_pixels(film)), strict=True):
        drawn = resample.difference(before, now, width, box)
        sequence.replace_part(film, box, (width, height), drawn)


def _pixels(film: magick.Image) -> Iterator[Any]:
    for _ in sequence.each(film):
        yield magick.pixels(film, "RGBA")
