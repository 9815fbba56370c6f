"""Frames of animations, by frames.c: ImageMagick has no quick way for this."""

from __future__ import annotations

import ctypes
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..imagemagick import magick
from . import decode_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

LIBRARY = Path(__file__).with_name("_frames.so")
_DONE, _TOO_MANY_COLOURS = 0, 1


def repeats(frames: Iterable[magick.Image]) -> frozenset[int]:
    """The indexes of the frames that show the same as the one before.

    Args:
        frames: May be one sequence again and again, each time with its next frame as
            the current one.
    """
    if not _is_usable():
        return frozenset()
    same = _library().frames_are_same
    pairs = pairwise(magick.core_image(frame) for frame in frames)
    return frozenset(number for number, pair in enumerate(pairs, 1) if same(*pair))


def set_exact_pixels(
    frames: magick.Image, width: int, height: int, buffer: ctypes.Array[ctypes.c_char]
) -> bool:
    """Replace the current frame's size and pixels; their colours become its palette.

    It has an alpha channel then.

    ImageMagick's quantizer finds the same palette, but takes most of the time of a
    small GIF.

    Args:
        frames: Frames in RGB.
        width: In pixels.
        height: In pixels.
        buffer: RGBA; each pixel is opaque or transparent.

    Returns:
        Whether there are few enough colours; otherwise nothing was changed.

    Raises:
        MemoryError: it does not fit into memory.
    """
    if not _is_usable():
        return False
    current = magick.core_image(frames)
    result = _library().frames_set_pixels(current, buffer, width, height)
    if result not in (_DONE, _TOO_MANY_COLOURS):
        raise MemoryError
    return bool(result == _DONE)


@cache
def _is_usable() -> bool:
    """Whether it was compiled, for the version of ImageMagick that is loaded."""
    return LIBRARY.exists() and not decode_rows.problem()


@cache
def _library() -> Any:
    library = ctypes.CDLL(str(LIBRARY))
    image, pixels, side = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int
    library.frames_are_same.argtypes = (image, image)
    library.frames_set_pixels.argtypes = (image, pixels, side, side)
    return library
