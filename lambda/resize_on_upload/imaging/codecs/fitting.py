"""A finished image → the best file for its size: its quality, lossless, progressive."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ...sizes.size import AUTO
from ..formats import AVIF, JPEG, WEBP
from ..imagemagick import sequence
from . import png_content
from .encode import QUALITY, encode, encode_lossless
from .quality_search import MAX_ENCODES, search

if TYPE_CHECKING:
    from ..imagemagick import magick
    from ..output.output import Output

# About ten seconds: an upload that takes too long gets no variants at all.
_MAX_ENCODED_PIXELS = {AVIF.name: 8_000_000, WEBP.name: 64_000_000}
_MAX_LOSSLESS_PIXELS = 16_000_000

_MIN_PROGRESSIVE_BYTES = 8_000
"""A smaller JPEG nearly always grows if it is progressive."""


class Fitted(NamedTuple):
    """A file, and its quality if that was lowered to have fewer bytes."""

    body: bytes
    quality: int | None = None


def encode_to_fit(
    frames: magick.Image, output: Output, max_bytes: int | None
) -> Fitted:
    """Encode the frames as the output's size asks for.

    Args:
        frames: What to encode.
        output: The format; if it has no quality, its file may not fit.
        max_bytes: How many bytes fit; None for any number.
    """
    size, fmt = output.size, output.format
    if fmt is WEBP and size.lossless is True:
        return Fitted(encode_lossless(frames))
    if fmt is WEBP and size.lossless == AUTO and _may_be_smaller_lossless(frames):
        return _lossless_or_lossy(frames, output, max_bytes)
    if fmt is JPEG and size.progressive == AUTO:
        return _progressive_or_not(frames, output, max_bytes)
    return _lossy(frames, output, max_bytes, MAX_ENCODES)


def _lossless_or_lossy(
    frames: magick.Image, output: Output, max_bytes: int | None
) -> Fitted:
    lossless = encode_lossless(frames)
    if max_bytes is not None and len(lossless) <= max_bytes:
        max_bytes = None  # a lossy file that is larger is not taken anyway
    lossy = _lossy(frames, output, max_bytes, MAX_ENCODES - 1)
    return Fitted(lossless) if len(lossless) <= len(lossy.body) else lossy


def _progressive_or_not(
    frames: magick.Image, output: Output, max_bytes: int | None
) -> Fitted:
    found = _lossy(frames, output, max_bytes, MAX_ENCODES - 1)
    if len(found.body) < _MIN_PROGRESSIVE_BYTES:
        return found
    quality = found.quality or output.size.quality
    progressive = encode(frames, output.format, quality, progressive=True)
    return found._replace(body=min(found.body, progressive, key=len))


def _lossy(
    frames: magick.Image, output: Output, max_bytes: int | None, encodes: int
) -> Fitted:
    size, fmt = output.size, output.format
    how = {
        "every_frame": size.max_bytes is not None,
        "progressive": size.progressive is True,
    }
    if max_bytes is None or fmt.name not in QUALITY:
        return Fitted(encode(frames, fmt, size.quality, **how))
    highest = size.quality or QUALITY[fmt.name]
    most = min(encodes, _affordable_encodes(frames, output))
    found = search(partial(encode, frames, fmt, **how), highest, max_bytes, most)
    return Fitted(found.body, found.quality if found.quality < highest else None)


def _may_be_smaller_lossless(frames: magick.Image) -> bool:
    """Whether an image is worth a lossless encode: photos never are."""
    if sequence.pixels(frames) > _MAX_LOSSLESS_PIXELS:
        return False
    return png_content.sample(frames).compression is not png_content.PHOTO


def _affordable_encodes(frames: magick.Image, output: Output) -> int:
    pixels = sequence.pixels(frames)
    most = _MAX_ENCODED_PIXELS.get(output.format.name, MAX_ENCODES * pixels)
    return max(1, most // pixels)
