"""Bytes → decoded frames, or a rejection with the reason."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ...errors import CorruptImage, UnsupportedVariant
from ..formats import AVIF, GIF, HEIC, JPEG, JXL, PNG, WEBP, Format
from ..headers import jpeg, png, webp
from ..headers.base import BrokenHeaderError
from ..headers.boxed import heif, jxl
from ..imagemagick import magick, messages
from ..imagemagick.sequence import coalesce, widen_canvas
from . import decoder_warnings
from .decode_rows import decode_rows
from .frames import repeats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..probe import Probe
    from ..resizing.resize import ResizedRows
    from ..resizing.resize_plan import ResizePlan

_STRIP_ANCILLARY = {
    PNG: png.strip_ancillary,
    JPEG: jpeg.strip_ancillary,
    HEIC: heif.primary_only,
    AVIF: heif.primary_only,
    JXL: jxl.codestream,
}
_HAS_CANVAS = (GIF, WEBP)
_DIVISORS = {1: 8, 2: 4, 3: 3, 4: 2}


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded upload.

    Attributes:
        frames: One if it is not animated, else all in order, each covering the whole
            canvas, with its delay and the number of loops.
        repeats: The indexes of those that show the same as the one before.
        resized: The one frame, if it was resized while its rows were decoded; the frame
            then has no pixels.
    """

    frames: tuple[magick.Image, ...]
    repeats: frozenset[int] = frozenset()
    resized: ResizedRows | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        if self.resized:
            return self.resized.size
        width, height = self.frames[0].size
        return width, height

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for image in self.frames:
            image.close()


def decode(
    blob: bytes, found: Probe, plan: ResizePlan, *, animated: bool = False
) -> DecodedImage:
    """Decode the first frame of a probed file, or all frames if `animated`.

    The decoder is chosen by the format found: ImageMagick must not guess again.

    Args:
        blob: The file.
        found: Its format and header.
        plan: The scale to decode a JPEG at, and the sizes to make.
        animated: Whether to decode all frames.

    Raises:
        CorruptImage, TruncatedImage, TooManyPixels: it cannot be decoded correctly.
        UnsupportedVariant: it is coded in a way that is not decoded here.
        UnsupportedFormat: this ImageMagick has no decoder for it.
    """
    try:
        return _decode(blob, found, plan, animated=animated)
    except CorruptImage as error:
        if codec := found.header.codec:
            msg = (
                f"the {found.format.name} is coded as {codec}, not as HEVC or AV1, and "
                "cannot be decoded: save it as a usual JPEG or PNG"
            )
            raise UnsupportedVariant(msg) from error
        raise


def _decode(
    blob: bytes, found: Probe, plan: ResizePlan, *, animated: bool
) -> DecodedImage:
    try:
        blob, options = _prepared(blob, found, plan.eighths, animated=animated)
    except BrokenHeaderError as error:
        raise messages.rejection(str(error), found.format.name) from error
    resized = None if animated else decode_rows(blob, found, plan, options)
    if resized:
        return DecodedImage((resized.like,), resized=resized)
    return _as_a_whole(blob, found.format, options, animated=animated)


def _as_a_whole(
    blob: bytes, fmt: Format, options: Mapping[str, str], *, animated: bool
) -> DecodedImage:
    image = magick.Image()
    try:
        image.options.update(options)
        _read(image, blob, fmt, animated=animated)
        if fmt in _HAS_CANVAS:
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
    return DecodedImage(frames, repeats(frames))


def _prepared(
    blob: bytes, found: Probe, eighths: int, *, animated: bool
) -> tuple[bytes, dict[str, str]]:
    """The bytes to decode, without the parts that no size needs; and options.

    Raises:
        BrokenHeaderError: it has too many parts after its header.
    """
    if found.format in _STRIP_ANCILLARY:
        blob = _STRIP_ANCILLARY[found.format](blob)
    if found.format is WEBP and not animated:
        blob = webp.first_frame(blob)
    return _scaled(blob, found, eighths) if eighths < 8 else (blob, {})  # noqa: PLR2004 - full size


def _scaled(blob: bytes, found: Probe, eighths: int) -> tuple[bytes, dict[str, str]]:
    """Set the scale; ImageMagick 6 and 7 round the same hint differently."""
    header, divisor = found.header, _DIVISORS[eighths]
    size = f"{header.width // divisor}x{header.height // divisor}"
    if eighths == 1 and header.progressive:
        options = {"jpeg:size": size, "jpeg:block-smoothing": "off"}
        return jpeg.drop_ac_scans(blob), options
    return blob, {"jpeg:size": size}


def _read(image: magick.Image, blob: bytes, fmt: Format, *, animated: bool) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            magick.read(image, blob, fmt.name, first_only=not animated)
        except magick.WandException as error:
            raise messages.refusal(str(error), fmt) from error
        found = decoder_warnings.collect(image, seen)
    for warning in found:
        if refused := messages.of_warning(warning.text, fmt, is_error=warning.is_error):
            raise refused
    if not (image.width and image.height):
        raise messages.rejection("; ".join(text for text, _ in found), fmt.name)
