"""The resampler in C, called by ctypes; without it ImageMagick resizes and sharpens."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        buffer = _buffer(width, height)
        whole = self.buffer, self.width, self.height, *self.extent
        to = buffer, width, height
        if _library().resample(*whole, across, down, self.alpha, *to):
            raise MemoryError
        return Pixels(buffer, width, height, (width, height), self.alpha)

    def sharpened(self, gain: int, limit: int) -> Pixels:
        """Sharpen by sharpen.c; `sharpening.py` has both numbers.

        Raises:
            MemoryError: it does not fit into memory.
        """
        buffer = _buffer(self.width, self.height)
        pixels = self.buffer, self.width, self.height, self.alpha
        if _library().sharpen(*pixels, gain, limit, buffer):
            raise MemoryError
        return replace(self, buffer=buffer)

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


class RowResampler:
    """Resizes an image that comes row by row; the rows are added in C."""

    def __init__(
        self, source: tuple[int, int], extent: tuple[float, float], to: tuple[int, int]
    ) -> None:
        """Prepare a resize.

        Args:
            source: Width and height of the image, in pixels.
            extent: The part of them that it covers.
            to: Width and height to resize it to.

        Raises:
            MemoryError: it does not fit into memory.
        """
        self._to = to
        self._buffer = _buffer(*to)
        factors = box_factors(extent, to)
        self.handle = _library().resampler_new(
            *source, *extent, *factors, 0, self._buffer, *to
        )
        if not self.handle:
            raise MemoryError

    def finish(self, *, alpha: bool) -> Pixels:
        """The resized image, after the last row."""
        return Pixels(self._buffer, *self._to, self._to, alpha)

    def close(self) -> None:
        """Free the memory of the resize, not that of its result."""
        _library().resampler_free(self.handle)


def row_functions() -> list[int | None]:
    """Addresses of the C functions: add a row; set whether there is alpha; multiply."""
    names = "resampler_add", "resampler_set_alpha", "premultiply"
    functions = (getattr(_library(), name) for name in names)
    return [ctypes.cast(each, ctypes.c_void_p).value for each in functions]


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


def tone_map(buffer: Any, numbers: Iterable[list[int]], encoded: bytes) -> None:
    """Call tone_map.c; `tone_map.py` makes the tables. An empty one is left out."""
    tables = ((ctypes.c_int32 * len(one))(*one) if one else None for one in numbers)
    _library().tone_map(buffer, len(buffer) // _BYTES_PER_PIXEL, *tables, encoded)


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
    whole = pixels, side, side, real, real
    library.resample.argtypes = (*whole, side, side, ctypes.c_int, pixels, side, side)
    library.resampler_new.argtypes = (
        *(side, side, real, real, side, side, ctypes.c_int),
        *(pixels, side, side),
    )
    library.resampler_new.restype = ctypes.c_void_p
    library.resampler_free.argtypes = (ctypes.c_void_p,)
    number = ctypes.c_int
    library.sharpen.argtypes = (pixels, side, side, number, number, number, pixels)
    tables = (pixels,) * 5
    library.tone_map.argtypes = (pixels, ctypes.c_size_t, *tables, ctypes.c_char_p)
    library.premultiply.argtypes = (pixels, ctypes.c_size_t)
    library.divide.argtypes = (pixels, pixels, ctypes.c_size_t)
    box = ctypes.POINTER(ctypes.c_int)
    library.changed.argtypes = (pixels, pixels, side, side, box)
    library.difference.argtypes = (pixels, pixels, side, box, pixels)
    return library


def _buffer(width: int, height: int) -> Any:
    return ctypes.create_string_buffer(width * height * _BYTES_PER_PIXEL)
