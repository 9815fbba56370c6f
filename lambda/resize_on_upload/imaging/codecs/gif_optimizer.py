"""An animation's frames → only what changes in each, in 256 colours.

ImageMagick's `-layers optimize` does the same, but takes most of the time of a small
GIF, and its encoder then quantizes the frames a second time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ..imagemagick import magick, sequence
from ..resizing import resample
from .frames import repeats, set_exact_pixels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Any

COLOURS = 256


def optimize(frames: magick.Image) -> None:
    """Crop each frame to the area that differs from the one before.

    Args:
        frames: Frames of one size; each pixel is opaque or transparent.
    """
    repeated = repeats(frames for _ in sequence.iterate(frames))
    if resample.is_built() and not _uncovers(frames, repeated):
        _crop(frames, repeated)
        return
    frames.optimize_layers()
    for _ in sequence.iterate(frames):
        _quantize(frames)


def _uncovers(frames: magick.Image, repeated: Collection[int]) -> bool:
    """Whether a pixel becomes transparent: drawing over cannot do that."""
    if not any(frames.alpha_channel for _ in sequence.iterate(frames)):
        return False
    width, height = frames.size
    return any(
        now is not before and resample.changed_box(before, now, width, height) is None
        for before, now in pairwise(_pixels(frames, repeated))
    )


def _crop(frames: magick.Image, repeated: Collection[int]) -> None:
    width, height = frames.width, frames.height
    before = None
    for now in _pixels(frames, repeated):
        sequence.set_dispose_none(frames)
        box, drawn = (0, 0, width, height), now
        if before:
            box = resample.changed_box(before, now, width, height) or box
            drawn = resample.difference(before, now, width, box)
        _draw(frames, box, (width, height), drawn)
        before = now


def _draw(
    frames: magick.Image, box: resample.Box, canvas: tuple[int, int], pixels: Any
) -> None:
    """Reduce the current frame to a box of its canvas, in at most 256 colours."""
    left, top, width, height = box
    if not set_exact_pixels(frames, width, height, pixels):
        sequence.add_alpha(frames)
        magick.replace_pixels(frames, width, height, "RGBA", pixels)
        _quantize(frames)
    sequence.default_gamma(frames)
    sequence.place(frames, (left, top), canvas)


def _quantize(frames: magick.Image) -> None:
    frames.quantize(COLOURS, dither=False)
    sequence.default_gamma(frames)


def _pixels(frames: magick.Image, repeated: Collection[int]) -> Iterator[Any]:
    """Make each frame the current one; yield its pixels, a repeated one's no copy."""
    pixels = None
    for index in sequence.iterate(frames):
        if index not in repeated:
            pixels = magick.pixels(frames, "RGBA")
        yield pixels
