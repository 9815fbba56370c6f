"""What ImageMagick's messages mean: which rejection, if any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import CorruptImage, TooManyPixels, TruncatedImage, UnsupportedFormat
from ..formats import JXL

if TYPE_CHECKING:
    from ...errors import Rejected
    from ..formats import Format

# libjpeg's warnings that it invented pixels: JWRN_HIT_MARKER, JWRN_JPEG_EOF (jerror.h).
# Its other warnings (extraneous bytes, odd metadata) come with usable images.
_INVENTED_PIXELS = re.compile("premature end|insufficient image data", re.IGNORECASE)
# ImageMagick calls these errors, but they concern a header field, not the pixels.
_HARMLESS_ERRORS = re.compile("length and filesize do not match", re.IGNORECASE)
_NO_DECODER = re.compile("no decode delegate", re.IGNORECASE)
# ImageMagick's own messages, then those of the libraries it uses.
_OUT_OF_LIMITS = re.compile(
    "limit|exhausted|unable to extend (pixel )?cache|allocation (failed|error)"
    "|No IDATs written"  # libpng's, if the encoder gets no memory
    "|(failed|unable) to alloc|(out of|insufficient|not enough|no) memory"
    "|initialization problem",
    re.IGNORECASE,
)


def of_warning(message: str, fmt: Format, *, is_error: bool) -> Rejected | None:
    """The rejection for a message that came with an image, or None."""
    if _INVENTED_PIXELS.search(message):
        msg = f"the {fmt.name} lacks part of its data: {_short(message)}"
        return TruncatedImage(msg)
    if is_error and not _HARMLESS_ERRORS.search(message):
        return rejection(message, fmt.name)
    return None


def refusal(message: str, fmt: Format) -> Rejected:
    """The rejection for bytes that no image was made of."""
    if _NO_DECODER.search(message):
        return UnsupportedFormat(
            f"ImageMagick on this machine has no decoder for {fmt.name}; that of the "
            "container image has"
        )
    if fmt is JXL and _INVENTED_PIXELS.search(message):
        return TruncatedImage(f"the {fmt.name} lacks part of its data")
    return rejection(message, fmt.name)


def rejection(message: str, what: str) -> CorruptImage | TooManyPixels:
    """The rejection for a message of ImageMagick's."""
    if _OUT_OF_LIMITS.search(message):
        msg = f"the {what} is larger than the decoder allows"
        return TooManyPixels(f"{msg}: {_short(message)}")
    msg = f"the {what} cannot be decoded: {_short(message)}"
    return CorruptImage(msg)


def _short(message: str) -> str:
    """ImageMagick's message without its source line: `… @ error/png.c/…`."""
    return (
        re.split(r" [`'@]", message, maxsplit=1)[0][:200].strip() or "no reason given"
    )
