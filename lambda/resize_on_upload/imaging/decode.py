"""Bytes → a decoded picture, or a rejection that says why there is none."""

from __future__ import annotations

import re
import warnings

from ..errors import CorruptImage, TooManyPixels, TruncatedImage
from . import jpeg, magick
from .formats import JPEG, Format

# What libjpeg says when it made pixels up: jerror.h, JWRN_HIT_MARKER and JWRN_JPEG_EOF.
# Its other warnings (extraneous bytes, odd metadata) come with viewable pictures.
_MADE_UP = re.compile("premature end|insufficient image data", re.IGNORECASE)
_OUT_OF_LIMITS = re.compile("limit|exhausted|unable to extend cache", re.IGNORECASE)


def decode(blob: bytes, source: Format) -> magick.Image:
    """The first frame of a picture; the caller closes it.

    The decoder is pinned to the sniffed format: ImageMagick must not guess again.

    Raises:
        CorruptImage, TruncatedImage, TooManyPixels: there is no right picture.
    """
    if source is JPEG and not jpeg.is_whole(blob):
        msg = "the JPEG ends before its picture does; upload the whole file again"
        raise TruncatedImage(msg)
    image = magick.Image()
    try:
        _read(image, blob, source)
    except BaseException:
        image.close()
        raise
    return image


def _read(image: magick.Image, blob: bytes, source: Format) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            magick.read_first_frame(image, blob, source.name)
        except magick.WandException as error:
            raise _rejection(str(error), source) from error
        complaints = list(magick.damage(image, seen))
    for complaint in complaints:
        if _MADE_UP.search(complaint):
            msg = f"the {source.name} has a hole in its data: {_short(complaint)}"
            raise TruncatedImage(msg)
    if not (image.width and image.height):
        raise _rejection("; ".join(complaints), source)


def _rejection(complaint: str, source: Format) -> CorruptImage | TooManyPixels:
    if _OUT_OF_LIMITS.search(complaint):
        msg = f"the {source.name} is larger than the decoder allows"
        return TooManyPixels(f"{msg}: {_short(complaint)}")
    msg = f"the {source.name} cannot be decoded: {_short(complaint)}"
    return CorruptImage(msg)


def _short(complaint: str) -> str:
    """ImageMagick's sentence without its source line: `… @ error/png.c/…`."""
    return re.split(r" [`'@]", complaint, maxsplit=1)[0][:200].strip() or "no cause"
