"""A finished image → a file of its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..formats import AVIF, GIF, JPEG, PNG, WEBP, Format
from ..imagemagick import sequence
from . import png_content
from .gif_optimizer import optimize

if TYPE_CHECKING:
    from ..imagemagick import magick
    from .png_content import Compression

QUALITY = {JPEG.name: 82, WEBP.name: 80, AVIF.name: 60}
"""The default of each format that has one."""

_NO_JPEG_QUALITY = 75  # a JPEG's low one would change ImageMagick's PNG filters


def encode(
    frames: magick.Image,
    output: Format,
    quality: int | None,
    *,
    every_frame: bool = False,
) -> bytes:
    """Encode the frames as `output`.

    Args:
        frames: What to encode.
        output: The format.
        quality: 1-100; None for the format's default.
        every_frame: Whether an animation has this quality. Without `maxBytes` it has
            ImageMagick's own, 75, which only a higher ENGINE may change.
    """
    if output is PNG:
        _compress(frames, png_content.sample(frames).compression)
        _without_png_extras(frames)
    elif output.name in QUALITY:
        for _ in sequence.iterate(frames) if every_frame else (None,):
            frames.compression_quality = quality or QUALITY[output.name]
    if output is JPEG:
        frames.options["jpeg:sampling-factor"] = "4:2:0"
    if output is GIF:
        optimize(frames)
    frames.format = output.name
    blob = frames.make_blob()
    if not blob:
        msg = f"ImageMagick wrote no {output.name}"
        raise RuntimeError(msg)
    return bytes(blob)


def _compress(frames: magick.Image, compression: Compression) -> None:
    frames.compression_quality = _NO_JPEG_QUALITY
    # ImageMagick's filter 5 means all of libpng's filters, and 1 to 4 mean no filter.
    values = compression.level, compression.strategy, 5 if compression.filtered else 1
    for name, value in zip(("level", "strategy", "filter"), values, strict=True):
        frames.artifacts[f"png:compression-{name}"] = str(value)


def _without_png_extras(frames: magick.Image) -> None:
    """Write no dates and no text: the same image gives the same bytes."""
    # Replaces what strip() set, which would remove a kept copyright, too.
    frames.artifacts["png:exclude-chunk"] = "date,time,tEXt,zTXt,iTXt,bKGD,gAMA,cHRM"
