"""The resampler in resample.c, called by ctypes; without it ImageMagick resizes."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).with_name("_resample.so")
_BYTES_PER_PIXEL = 4

Box = tuple[int, int, int, int]
"""Left, top, width and height."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """Rows of pixels of four bytes, without gaps.

    Attributes:
        buffer: The bytes, as a ctypes array.
        width, height: Pixels.
        extent: Width and height of the image in them: a scaled JPEG ends inside its
            last pixels.
        alpha: Whether the fourth byte is alpha, by which the others are multiplied.
    """

    buffer: Any
    width: int
    height: int
    extent: tuple[float, float]
    alpha: bool = False

    def resized_to(self, width: int, height: int) -> Pixels:
        """Resize by a box average, then Lanczos.

        Raises:
            MemoryError: it does not fit into memory.
        """
        across, down = box_factors(self.extent, (width, height))
        source = self if across == down == 1 else self._averaged(across, down)
        buffer = _buffer(width, height)
        whole = source.width, source.height, *source.extent, self.alpha
        _check(_library().resample(source.buffer, *whole, buffer, width, height))
        return Pixels(buffer, width, height, (width, height), self.alpha)

    def premultiplied(self) -> Pixels:
        """Multiply colours by alpha: hidden ones must not bleed into visible ones."""
        _library().premultiply(self.buffer, self.width * self.height)
        return replace(self, alpha=True)

    def unpremultiplied(self) -> Any:
        """The bytes, with colours no longer multiplied by alpha."""
        if not self.alpha:
            return self.buffer
        buffer = _buffer(self.width, self.height)
        _library().divide(self.buffer, buffer, self.width * self.height)
        return buffer

    def _averaged(self, across: int, down: int) -> Pixels:
        width, height = -(-self.width // across), -(-self.height // down)
        buffer = _buffer(width, height)
        size = self.width, self.height
        _check(_library().box(self.buffer, *size, across, down, buffer))
        extent = self.extent[0] / across, self.extent[1] / down
        return Pixels(buffer, width, height, extent, self.alpha)


def changed_box(before: Any, now: Any, width: int, height: int) -> Box | None:
    """The box that differs; None if a pixel becomes transparent in `now`."""
    box = (ctypes.c_int * 4)()
    if _library().changed(before, now, width, height, box):
        return None
    return box[0], box[1], box[2], box[3]


def difference(before: Any, now: Any, width: int, box: Box) -> Any:
    """The box's pixels of `now`, transparent where they equal those of `before`."""
    buffer = _buffer(box[2], box[3])
    _library().difference(before, now, width, (ctypes.c_int * 4)(*box), buffer)
    return buffer


def box_factors(
    source: tuple[float, float], target: tuple[int, int]
) -> tuple[int, int]:
    """Pixels across and down that can be averaged and still leave twice the target."""
    across, down = (int(a / (2 * b)) for a, b in zip(source, target, strict=True))
    return max(across, 1), max(down, 1)


@cache
def is_built() -> bool:
    """Whether the C library was built in this installation."""
    return LIBRARY.exists()


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(LIBRARY))
    pixels, side, real = ctypes.c_void_p, ctypes.c_int, ctypes.c_double
    whole = pixels, side, side, real, real, ctypes.c_int
    library.resample.argtypes = (*whole, pixels, side, side)
    library.box.argtypes = (pixels, side, side, side, side, pixels)
    library.premultiply.argtypes = (pixels, ctypes.c_size_t)
    library.divide.argtypes = (pixels, pixels, ctypes.c_size_t)
    box = ctypes.POINTER(ctypes.c_int)
    library.changed.argtypes = (pixels, pixels, side, side, box)
    library.difference.argtypes = (pixels, pixels, side, box, pixels)
    return library


def _buffer(width: int, height: int) -> Any:
    return ctypes.create_string_buffer(width * height * _BYTES_PER_PIXEL)


def _check(failed: int) -> None:
    if failed:
        raise MemoryError
