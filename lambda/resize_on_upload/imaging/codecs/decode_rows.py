"""Decode row by row and resize meanwhile, by decode_rows.c: no whole image is kept.

What cannot be decoded so, or gives any reason for doubt, is left to the decode of the
whole image, which also finds the reason of a rejection.
"""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..formats import JPEG, PNG, TIFF, WEBP
from ..headers import png
from ..imagemagick import magick
from ..resizing import resample
from ..resizing.resize import COLORSPACES, ResizedRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..formats import Format
    from ..probe import Probe
    from ..resizing.resize_plan import ResizePlan

LIBRARY = Path(__file__).with_name("_decode_rows.so")

_CLEARS_PIXELS_FIRST = {JPEG: False, PNG: True, TIFF: True, WEBP: False}
"""The formats whose decoders pass on rows; others turn or convert the whole image."""


class _Rows(ctypes.Structure):
    """Rows in decode_rows.c."""

    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("alpha", ctypes.c_int),
        ("cmyk", ctypes.c_int),
        ("rows", ctypes.c_int),
        ("resamplers", ctypes.c_int),
        ("resampler", ctypes.c_void_p),
        ("add", ctypes.c_void_p),
        ("set_alpha", ctypes.c_void_p),
        ("premultiply", ctypes.c_void_p),
        ("row", ctypes.c_void_p),
        ("image", ctypes.c_void_p),
    )


def decode_rows(
    blob: bytes, found: Probe, plan: ResizePlan, options: Mapping[str, str]
) -> ResizedRows | None:
    """Decode a still image and resize it to the plan's targets.

    Args:
        blob: The file.
        found: Its format and header.
        plan: Its scale and targets.
        options: For ImageMagick's decoder.

    Returns:
        None if it must be decoded as a whole.
    """
    if not _has_plain_rows(blob, found) or problem():
        return None
    sizes = {
        (target.width, target.height)
        for target in plan.all_targets
        if target.made_from is None
    }
    if plan.extent in sizes:  # a size that keeps the decoded pixels
        return None
    with ExitStack() as stack:
        resamplers = {}
        for size in sorted(sizes):
            resamplers[size] = resample.RowResampler(plan.decoded, plan.extent, size)
            stack.callback(resamplers[size].close)
        rows = _Rows(*plan.decoded)
        handles = [each.handle for each in resamplers.values()]
        pointers = (ctypes.c_void_p * len(handles))(*handles)
        rows.resamplers, rows.resampler = len(handles), ctypes.addressof(pointers)
        rows.add, rows.set_alpha, rows.premultiply = resample.row_functions()
        image = _decode(blob, found.format, options, rows)
        return _resized(image, rows, resamplers) if image else None


def _has_plain_rows(blob: bytes, found: Probe) -> bool:
    if found.format not in _CLEARS_PIXELS_FIRST or found.header.frames > 1:
        return False
    return found.format is not PNG or not png.is_widened(blob)


def _decode(
    blob: bytes, fmt: Format, options: Mapping[str, str], rows: _Rows
) -> magick.Image | None:
    texts = [text.encode() for pair in options.items() for text in pair]
    image = _library().decode_rows(
        *(blob, len(blob), fmt.name.encode(), _CLEARS_PIXELS_FIRST[fmt]),
        (ctypes.c_char_p * (len(texts) + 1))(*texts, None),
        ctypes.byref(rows),
    )
    if not image:
        return None
    taken = magick.take_over(image)
    if magick.colorspace(taken) in COLORSPACES:
        taken.reset_coords()
        return taken
    taken.close()
    return None


def _resized(
    image: magick.Image,
    rows: _Rows,
    resamplers: Mapping[tuple[int, int], resample.RowResampler],
) -> ResizedRows:
    alpha = bool(rows.alpha)
    pixels = {size: each.finish(alpha=alpha) for size, each in resamplers.items()}
    channels = _library().channels(rows.cmyk).decode()
    return ResizedRows(image, (rows.width, rows.height), pixels, channels)


@cache
def problem() -> str | None:
    """Why images are decoded as a whole; None if they are decoded by rows."""
    if not (resample.is_built() and LIBRARY.exists()):
        return "not compiled"
    magick.Image().close()  # starts ImageMagick: it knows no limits before
    # Its symbols are those of the ImageMagick that Wand has loaded.
    ctypes.CDLL(magick.libmagick._name, mode=ctypes.RTLD_GLOBAL)  # noqa: SLF001 - ctypes has no other way
    try:
        fits = _library().decode_rows_start()
    except OSError:  # a version with other symbols
        fits = False
    return None if fits else "compiled for another version of ImageMagick"


@cache
def _library() -> Any:
    library = ctypes.CDLL(str(LIBRARY))
    library.decode_rows.restype = ctypes.c_void_p
    library.decode_rows.argtypes = (
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_int),
        *(ctypes.c_void_p, ctypes.c_void_p),
    )
    library.channels.restype = ctypes.c_char_p
    return library
