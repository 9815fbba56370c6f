"""Bytes → decoded frames, or a rejection that says why there are none."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ...errors import CorruptImage, TooManyPixels, TruncatedImage
from ..formats import GIF, JPEG, PNG, WEBP, Format
from ..headers import jpeg, png, webp
from ..headers.base import BrokenHeaderError
from ..imagemagick import magick
from ..imagemagick.sequence import coalesce, widen_canvas
from . import decoder_warnings

if TYPE_CHECKING:
    from ..probe import Probe

# What libjpeg says when it made pixels up: jerror.h, JWRN_HIT_MARKER and JWRN_JPEG_EOF.
# Its other warnings (extraneous bytes, odd metadata) come with viewable pictures.
_INVENTED_PIXELS = re.compile("premature end|insufficient image data", re.IGNORECASE)
# Called errors by ImageMagick, but about a header's field and not about the pixels.
_HARMLESS_ERRORS = re.compile("length and filesize do not match", re.IGNORECASE)
_STRIP_ANCILLARY = {PNG: png.strip_ancillary, JPEG: jpeg.strip_ancillary}
_HAS_CANVAS = (GIF, WEBP)
_DIVISORS = {1: 8, 2: 4, 3: 3, 4: 2}
# ImageMagick's own words, then those of the libraries that it passes on.
_OUT_OF_LIMITS = re.compile(
    "limit|exhausted|unable to extend (pixel )?cache|allocation (failed|error)"
    "|(failed|unable) to alloc|(out of|insufficient|not enough|no) memory"
    "|initialization problem",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Decoded frames, each the whole canvas; one where nothing moves.

    Attributes:
        frames: In their order, each with its own delay and the number of loops.
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
    """The frames of a probed file: the first, or all where it is `animated`.

    The decoder is pinned to the format found: ImageMagick must not guess again.

    Args:
        blob: The file.
        found: What its header says.
        eighths: The scale to decode a JPEG at; 8 is whole.
        animated: Whether all frames are wanted.

    Raises:
        CorruptImage, TruncatedImage, TooManyPixels: there is no right picture.
    """
    image = magick.Image()
    try:
        blob = _prepared(image, blob, found, eighths, animated=animated)
        _read(image, blob, found.format, animated=animated)
        if found.format in _HAS_CANVAS:
            widen_canvas(image)
        else:
            image.reset_coords()  # a TIFF's place on paper is no offset
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
    """The bytes to decode, without what no size needs.

    Raises:
        CorruptImage: it has too many parts behind its header.
    """
    try:
        if found.format in _STRIP_ANCILLARY:
            blob = _STRIP_ANCILLARY[found.format](blob)
        if found.format is WEBP and not animated:
            blob = webp.first_frame(blob)
        return _scaled(image, blob, found, eighths) if eighths < 8 else blob  # noqa: PLR2004 - whole
    except BrokenHeaderError as error:
        raise rejection(str(error), found.format.name) from error


def _scaled(image: magick.Image, blob: bytes, found: Probe, eighths: int) -> bytes:
    """Tell the decoder the scale; ImageMagick 6 and 7 round the same hint apart."""
    header, divisor = found.header, _DIVISORS[eighths]
    image.options["jpeg:size"] = f"{header.width // divisor}x{header.height // divisor}"
    if eighths == 1 and header.progressive:
        image.options["jpeg:block-smoothing"] = "off"
        return jpeg.drop_ac_scans(blob)
    return blob


def _read(image: magick.Image, blob: bytes, source: Format, *, animated: bool) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            magick.read(image, blob, source.name, first_only=not animated)
        except magick.WandException as error:
            raise rejection(str(error), source.name) from error
        found = decoder_warnings.collect(image, seen)
    for warning in found:
        if _INVENTED_PIXELS.search(warning.text):
            msg = f"the {source.name} has a hole in its data: {_short(warning.text)}"
            raise TruncatedImage(msg)
        if warning.is_error and not _HARMLESS_ERRORS.search(warning.text):
            raise rejection(warning.text, source.name)
    if not (image.width and image.height):
        raise rejection("; ".join(text for text, _ in found), source.name)


def rejection(warning: str, what: str) -> CorruptImage | TooManyPixels:
    """What ImageMagick's warning means for an upload."""
    if _OUT_OF_LIMITS.search(warning):
        msg = f"the {what} is larger than the decoder allows"
        return TooManyPixels(f"{msg}: {_short(warning)}")
    msg = f"the {what} cannot be decoded: {_short(warning)}"
    return CorruptImage(msg)


def _short(warning: str) -> str:
    """ImageMagick's sentence without its source line: `… @ error/png.c/…`."""
    return re.split(r" [`'@]", warning, maxsplit=1)[0][:200].strip() or "no cause"
