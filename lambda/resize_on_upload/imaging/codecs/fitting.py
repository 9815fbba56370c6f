"""A finished image → the best file of its format that has few enough bytes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..formats import AVIF, WEBP
from ..imagemagick import sequence
from .encode import QUALITY, encode
from .quality_search import MAX_ENCODES, search

if TYPE_CHECKING:
    from ..formats import Format
    from ..imagemagick import magick

# About ten seconds: an upload that takes too long gets no variants at all.
_MAX_ENCODED_PIXELS = {AVIF.name: 8_000_000, WEBP.name: 64_000_000}


def encode_to_fit(
    frames: magick.Image, output: Format, quality: int | None, max_bytes: int | None
) -> tuple[bytes, int | None]:
    """Encode the frames as `output`, at a lower quality if they would not fit.

    Args:
        frames: What to encode.
        output: The format; if it has no quality, its file may not fit.
        quality: The highest, 1-100; None for the format's default.
        max_bytes: How many bytes fit; None for any number.

    Returns:
        The file, and its quality if that is lower.
    """
    if max_bytes is None or output.name not in QUALITY:
        return encode(frames, output, quality), None
    highest = quality or QUALITY[output.name]
    found = search(
        partial(encode, frames, output, every_frame=True),
        highest,
        max_bytes,
        _encodes(frames, output),
    )
    return found.body, found.quality if found.quality < highest else None


def _encodes(frames: magick.Image, output: Format) -> int:
    """How often to encode, by the pixels of all frames."""
    pixels: int = frames.width * frames.height * sequence.length(frames)
    most = _MAX_ENCODED_PIXELS.get(output.name, MAX_ENCODES * pixels)
    return min(MAX_ENCODES, max(1, most // pixels))
