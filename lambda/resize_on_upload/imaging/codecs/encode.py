"""A finished image → a file of its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..formats import AVIF, GIF, JPEG, PNG, WEBP, Format
from ..headers import webp
from ..imagemagick import magick, sequence
from . import png_content
from .gif_optimizer import optimize

if TYPE_CHECKING:
    from .png_content import Compression

QUALITY = {JPEG.name: 82, WEBP.name: 80, AVIF.name: 60}
"""The default of each format that has one."""

_PLANE_INTERLACE = 5  # PlaneInterlace in MagickCore/image.h
_NO_QUALITY = 0  # ImageMagick 7 changes pixels of a lossless WebP by one that is set
_RGBA = "6"  # PNG specification, 11.2.2
_NO_JPEG_QUALITY = 75  # a JPEG's low one would change ImageMagick's PNG filters


def encode(
    frames: magick.Image,
    output: Format,
    quality: int | None,
    *,
    every_frame: bool = False,
    progressive: bool = False,
) -> bytes:
    """Encode the frames as `output`.

    Args:
        frames: What to encode.
        output: The format.
        quality: 1-100; None for the format's default.
        every_frame: Whether an animation has this quality. Without `maxBytes` it has
            ImageMagick's own, 75, which only a higher ENGINE may change.
        progressive: Whether a JPEG is.
    """
    if output is PNG:
        sample = png_content.sample(frames)
        _compress(frames, sample.compression)
        if png_content.needs_rgba(frames, sample):
            frames.options["png:color-type"] = (
                _RGBA  # spares a search for a smaller one
            )
        _without_png_extras(frames)
    elif output.name in QUALITY:
        # The first frame's is used for all. After an encode, that frame is current.
        magick.library.MagickSetLastIterator(frames.wand)
        for _ in sequence.iterate(frames) if every_frame else (None,):
            frames.compression_quality = quality or QUALITY[output.name]
    if output is JPEG:
        frames.options["jpeg:sampling-factor"] = "4:2:0"
        if progressive:
            magick.library.MagickSetInterlaceScheme(frames.wand, _PLANE_INTERLACE)
    if output is GIF:
        optimize(frames)
    return _written(frames, output)


def encode_lossless(frames: magick.Image) -> bytes:
    """Encode the frames as a WebP that keeps every visible pixel."""
    for _ in sequence.iterate(frames):
        frames.compression_quality = _NO_QUALITY
    frames.options["webp:lossless"] = "true"
    try:
        return _written(frames, WEBP)
    finally:
        frames.options["webp:lossless"] = "false"


def _written(frames: magick.Image, output: Format) -> bytes:
    if output is WEBP and magick.IS_6 and sequence.length(frames) > 1:
        return _animated_webp(frames)
    return _blob(frames, output)


def _animated_webp(frames: magick.Image) -> bytes:
    """ImageMagick 6 would play it endlessly, and write a still image for one time."""
    library = magick.library
    library.MagickSetFirstIterator(frames.wand)
    plays = library.MagickGetImageIterations(frames.wand)
    library.MagickSetImageIterations(frames.wand, 0)
    try:
        return webp.set_plays(_blob(frames, WEBP), plays)
    finally:  # it may be encoded again
        library.MagickSetFirstIterator(frames.wand)
        library.MagickSetImageIterations(frames.wand, plays)


def _blob(frames: magick.Image, output: Format) -> bytes:
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
