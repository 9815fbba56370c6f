"""Bytes → decoded frames, or a rejection with the reason."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ...errors import CorruptImage, TooManyPixels, TruncatedImage
from ..formats import AVIF, GIF, HEIC, JPEG, PNG, WEBP, Format
from ..headers import heif, jpeg, png, webp
from ..headers.base import BrokenHeaderError
from ..imagemagick import magick
from ..imagemagick.sequence import coalesce, widen_canvas
from . import decoder_warnings

if TYPE_CHECKING:
    from ..probe import Probe

# libjpeg's warnings that it invented pixels: JWRN_HIT_MARKER, JWRN_JPEG_EOF (jerror.h).
# Its other warnings (extraneous bytes, odd metadata) come with usable images.
_INVENTED_PIXELS = re.compile("premature end|insufficient image data", re.IGNORECASE)
# ImageMagick calls these errors, but they concern a header field, not the pixels.
_HARMLESS_ERRORS = re.compile("length and filesize do not match", re.IGNORECASE)
_STRIP_ANCILLARY = {
    PNG: png.strip_ancillary,
    JPEG: jpeg.strip_ancillary,
    HEIC: heif.primary_only,
    AVIF: heif.primary_only,
}
_HAS_CANVAS = (GIF, WEBP)
_DIVISORS = {1: 8, 2: 4, 3: 3, 4: 2}
# ImageMagick's own messages, then those of the libraries it uses.
_OUT_OF_LIMITS = re.compile(
    "limit|exhausted|unable to extend (pixel )?cache|allocation (failed|error)"
    "|(failed|unable) to alloc|(out of|insufficient|not enough|no) memory"
    "|initialization problem",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded upload.

    Attributes:
        frames: One if it is not animated, else all in order, each covering the whole
            canvas, with its delay and the number of loops.
    """

    frames: tuple[magick.Image, ...]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for image in self.frames:
            image.close()


def decode(
    blob: bytes, found: Probe, eighths: int = 8, *, animated: bool = False
) -> DecodedImage:
    """Decode the first frame of a probed file, or all frames if `animated`.

    The decoder is chosen by the format found: ImageMagick must not guess again.

    Args:
        blob: The file.
        found: Its format and header.
        eighths: The scale to decode a JPEG at; 8 is full size.
        animated: Whether to decode all frames.

    Raises:
        CorruptImage, TruncatedImage, TooManyPixels: it cannot be decoded correctly.
    """
    image = magick.Image()
    try:
        blob = _prepared(image, blob, found, eighths, animated=animated)
        _read(image, blob, found.format, animated=animated)
        if found.format in _HAS_CANVAS:
            widen_canvas(image)
        else:
            image.reset_coords()  # a TIFF's position on paper is not an offset
        if not animated:
            return DecodedImage((image,))
        coalesce(image)
        frames = tuple(magick.Image(image=frame) for frame in image.sequence)
        image.reset_sequence()  # Wand keeps a copy of each frame, and forgets them
    except BaseException:
        image.close()
        raise
    image.close()
    return DecodedImage(frames)


def _prepared(
    image: magick.Image, blob: bytes, found: Probe, eighths: int, *, animated: bool
) -> bytes:
    """The bytes to decode, without the parts that no size needs.

    Raises:
        CorruptImage: it has too many parts after its header.
    """
    try:
        if found.format in _STRIP_ANCILLARY:
            blob = _STRIP_ANCILLARY[found.format](blob)
        if found.format is WEBP and not animated:
            blob = webp.first_frame(blob)
        return _scaled(image, blob, found, eighths) if eighths < 8 else blob  # noqa: PLR2004 - full size
    except BrokenHeaderError as error:
        raise rejection(str(error), found.format.name) from error


def _scaled(image: magick.Image, blob: bytes, found: Probe, eighths: int) -> bytes:
    """Set the scale; ImageMagick 6 and 7 round the same hint differently."""
    header, divisor = found.header, _DIVISORS[eighths]
    image.options["jpeg:size"] = f"{header.width // divisor}x{header.height // divisor}"
    if eighths == 1 and header.progressive:
        image.options["jpeg:block-smoothing"] = "off"
        return jpeg.drop_ac_scans(blob)
    return blob


def _read(image: magick.Image, blob: bytes, fmt: Format, *, animated: bool) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            magick.read(image, blob, fmt.name, first_only=not animated)
        except magick.WandException as error:
            raise rejection(str(error), fmt.name) from error
        found = decoder_warnings.collect(image, seen)
    for warning in found:
        if _INVENTED_PIXELS.search(warning.text):
            msg = f"the {fmt.name} lacks part of its data: {_short(warning.text)}"
            raise TruncatedImage(msg)
        if warning.is_error and not _HARMLESS_ERRORS.search(warning.text):
            raise rejection(warning.text, fmt.name)
    if not (image.width and image.height):
        raise rejection("; ".join(text for text, _ in found), fmt.name)


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
