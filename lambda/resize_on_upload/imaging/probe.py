"""Check an upload before it is decoded: format, size, frames, in pure Python.

No native code reads a byte before the limits are checked; an error states the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import CorruptImage, TooManyPixels, TruncatedImage, UnsupportedVariant
from .formats import (
    AVIF,
    BMP,
    GIF,
    HEIC,
    JPEG,
    JXL,
    PNG,
    RAW,
    TIFF,
    WEBP,
    Format,
    sniff,
)
from .headers import bmp, gif, jpeg, png, tiff, webp
from .headers.base import BrokenHeaderError, UnknownVariantError
from .headers.boxed import heif, jxl
from .headers.exif import displayed_size
from .raw import preview as raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from .headers.base import Header

MAX_SIDE = 32_000
"""Pixels; the same as in policy.xml."""

_READERS: dict[Format, Callable[[bytes, int], Header]] = {
    JPEG: jpeg.read,
    PNG: png.read,
    GIF: gif.read,
    WEBP: webp.read,
    TIFF: tiff.read,
    BMP: bmp.read,
    HEIC: heif.read,
    AVIF: heif.read,
    JXL: jxl.read,
}
# Their frames or boxes may rotate or crop what the header announces.
_MAY_DECODE_SMALLER = (AVIF, GIF, HEIC)
_IS_COMPLETE = {JPEG: jpeg.is_complete, PNG: png.is_complete}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one upload.

    Attributes:
        pixels: Of a frame, and of all frames of an animation together.
        frames: Of an animation that is kept.
        seconds: For decoding, resizing and encoding.
    """

    pixels: int = 50_000_000
    frames: int = 300
    seconds: float = 30.0


DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class Probe:
    """A file within the limits.

    Attributes:
        format: That of the image to decode: JPEG if the file is a RAW photo.
        header: That of the image to decode.
        preview: The JPEG to decode in place of a RAW photo; None for other files.
    """

    format: Format
    header: Header
    preview: bytes | None = None

    @property
    def original(self) -> Format:
        """The format of the whole file."""
        return self.format if self.preview is None else RAW

    def may_decode_to(self, width: int, height: int) -> bool:
        """Whether the decoded image, displayed upright, may have this size."""
        header = self.header
        stored = header.width, header.height
        if (width, height) == displayed_size(stored, header.orientation):
            return True
        fits = max(width, height) <= max(stored)
        fits = fits and width * height <= header.width * header.height
        return self.format in _MAY_DECODE_SMALLER and min(width, height) > 0 and fits


def probe(blob: bytes, limits: Limits) -> Probe:
    """Read the header and check it against the limits.

    Raises:
        Rejected: the format is not read, the file is truncated, or a limit is exceeded.
    """
    fmt = sniff(blob)
    preview = raw.find(blob) if fmt is TIFF else None
    if preview:
        fmt, blob = JPEG, preview.jpeg
    try:
        header = preview.header if preview else _READERS[fmt](blob, limits.frames)
        complete = _IS_COMPLETE.get(fmt, _always)(blob)
    except UnknownVariantError as error:
        raise UnsupportedVariant(str(error)) from error
    except BrokenHeaderError as error:
        msg = f"the {fmt.name} cannot be decoded: {error}"
        raise CorruptImage(msg) from error
    _check_size(fmt, header, limits)
    if not complete:
        msg = f"the {fmt.name} ends before its image does; upload the whole file"
        raise TruncatedImage(msg)
    return Probe(fmt, header, preview.jpeg if preview else None)


def _check_size(fmt: Format, header: Header, limits: Limits) -> None:
    width, height = header.width, header.height
    if width <= 0 or height <= 0:
        msg = f"the header of the {fmt.name} says {width}x{height} pixels"
        raise CorruptImage(msg)
    if width * height > limits.pixels or max(width, height) > MAX_SIDE:
        msg = (
            f"the {fmt.name} has {width}x{height} pixels; at most {limits.pixels} in "
            f"total and {MAX_SIDE} per side are resized"
        )
        raise TooManyPixels(msg)
    if header.decoded_pixels > limits.pixels:
        msg = (
            f"the {fmt.name} has an image of {header.decoded_pixels} pixels for its "
            f"{width}x{height}; at most {limits.pixels} are decoded"
        )
        raise TooManyPixels(msg)


def _always(_: bytes) -> bool:
    return True
