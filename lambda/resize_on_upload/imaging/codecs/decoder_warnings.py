"""Warnings of a decoder that did not fail.

ImageMagick 6 keeps them on the image, where Wand does not look. ImageMagick 7 keeps
them on the wand: Wand turns them into Python warnings, but only when errors are read.
"""

from __future__ import annotations

import ctypes
import warnings
from typing import TYPE_CHECKING, NamedTuple

from ..imagemagick.magick import (
    IS_6,
    WandException,
    core_image,
    libmagick,
    library,
)

if TYPE_CHECKING:
    from ..imagemagick.magick import Image

_ERROR = 400  # ErrorException in MagickCore/exception.h; below it are warnings


class DecoderWarning(NamedTuple):
    """A decoder's message, and whether the decoder called it an error."""

    text: str
    is_error: bool


class _ExceptionInfo(ctypes.Structure):
    """The first fields of ExceptionInfo (MagickCore/exception.h)."""

    _fields_ = (
        ("severity", ctypes.c_int),
        ("error_number", ctypes.c_int),
        ("reason", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
    )


def collect(image: Image, seen: list[warnings.WarningMessage]) -> list[DecoderWarning]:
    """Return the warnings and clear them.

    Wand would raise an old one at the next operation.
    """
    errors = []
    with warnings.catch_warnings(record=True) as now:
        warnings.simplefilter("always")
        try:
            image.raise_exception()
        except WandException as error:
            errors = [DecoderWarning(str(error), is_error=True)]
    found = [DecoderWarning(str(one.message), is_error=False) for one in (*seen, *now)]
    found += errors
    if IS_6:
        found += _hidden(image)
    library.MagickClearException(image.wand)
    return found


def _hidden(image: Image) -> list[DecoderWarning]:
    """ImageMagick 6: the exception on the image, which Wand never reads."""
    libmagick.AcquireExceptionInfo.restype = ctypes.POINTER(_ExceptionInfo)
    libmagick.GetImageException.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(_ExceptionInfo),
    ]
    libmagick.DestroyExceptionInfo.argtypes = [ctypes.POINTER(_ExceptionInfo)]
    info = libmagick.AcquireExceptionInfo()
    libmagick.GetImageException(core_image(image), info)
    severity, reason = info.contents.severity, info.contents.reason
    found = []
    if severity and reason:
        text = reason.decode("utf-8", "replace")
        found.append(DecoderWarning(text, is_error=severity >= _ERROR))
    libmagick.DestroyExceptionInfo(info)
    return found
