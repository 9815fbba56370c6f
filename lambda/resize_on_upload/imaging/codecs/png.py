"""Write a PNG of RGB or RGBA in half of ImageMagick's time.

ImageMagick reads the pixels several times, and first makes a table of all depths, which
takes longer than a small PNG. Grey images and those of few colours are left to it: it
stores them in fewer bits.
"""

from __future__ import annotations

import ctypes
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

from ..imagemagick import magick
from ..resizing import resample
from . import png_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .png_content import Compression, Sample

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {"RGB": 2, "RGBA": 6}
_MAX_PALETTE = 256
_BAND = 64  # rows that are copied at once
_WINDOW_BITS, _MEMORY_LEVEL = 15, 9  # zlib's highest
_NO_OTHER = 75  # a low quality, as of a JPEG, would change ImageMagick's filters


def encode(image: magick.Image) -> bytes | None:
    """The PNG's bytes; None if ImageMagick should write it, configured to."""
    sample = png_content.sample(image)
    channels = _channels(image, sample)
    if channels is None:
        _configure(image, sample.compression)
        return None
    return write(image, channels, sample.compression)


def write(image: magick.Image, channels: str, compression: Compression) -> bytes:
    """A PNG of these channels, RGB or RGBA."""
    header = struct.pack(">IIBBBBB", *image.size, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    rows = _filtered if compression.filtered else _unfiltered
    deflate = zlib.compressobj(
        compression.level,
        zlib.DEFLATED,
        _WINDOW_BITS,
        _MEMORY_LEVEL,
        compression.strategy,
    )
    data = b"".join(deflate.compress(part) for part in rows(image, channels))
    chunks = (b"IHDR", header), (b"IDAT", data + deflate.flush()), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks)


def _channels(image: magick.Image, sample: Sample) -> str | None:
    if not resample.is_built() or image.profiles:  # only a kept copyright is left
        return None
    if sample.grey or _has_few_colours(image, sample):
        return None
    if not image.alpha_channel:
        return "RGB"
    return "RGBA" if sample.translucent or not _is_cut_out(image) else None


def _has_few_colours(image: magick.Image, sample: Sample) -> bool:
    if len(sample.colours) > _MAX_PALETTE:
        return False
    rows = min(_BAND, image.height)
    band = 0, (image.height - rows) // 2, image.width, rows
    return len(set(png_content.colours(image, band))) <= _MAX_PALETTE


def _is_cut_out(image: magick.Image) -> bool:
    """Whether each pixel is opaque or transparent, and one is transparent."""
    alpha = bytes(magick.part(image, (0, 0, *image.size), "A"))
    return b"\0" in alpha and not alpha.translate(None, b"\0\xff")


def _configure(image: magick.Image, compression: Compression) -> None:
    image.compression_quality = _NO_OTHER
    # ImageMagick's filter 5 means all of libpng's filters, and 1 to 4 mean no filter.
    values = compression.level, compression.strategy, 5 if compression.filtered else 1
    for name, value in zip(("level", "strategy", "filter"), values, strict=True):
        image.artifacts[f"png:compression-{name}"] = str(value)


def _bands(image: magick.Image, channels: str) -> Iterator[tuple[Any, int]]:
    for top in range(0, image.height, _BAND):
        rows = min(_BAND, image.height - top)
        yield magick.part(image, (0, top, image.width, rows), channels), rows


def _unfiltered(image: magick.Image, channels: str) -> Iterator[bytes]:
    stride = image.width * len(channels)
    for band, rows in _bands(image, channels):
        data = bytes(band)
        starts = range(0, rows * stride, stride)
        yield b"".join(b"\0" + data[start : start + stride] for start in starts)


def _filtered(image: magick.Image, channels: str) -> Iterator[Any]:
    stride = image.width * len(channels)
    above = ctypes.create_string_buffer(stride)
    for band, rows in _bands(image, channels):
        filtered = ctypes.create_string_buffer(rows * (stride + 1))
        if _library().filter_rows(band, above, stride, rows, len(channels), filtered):
            raise MemoryError
        ctypes.memmove(above, ctypes.byref(band, (rows - 1) * stride), stride)
        yield filtered


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(resample.LIBRARY))
    pixels, side = ctypes.c_void_p, ctypes.c_int
    library.filter_rows.argtypes = (pixels, pixels, side, side, side, pixels)
    return library


def _chunk(name: bytes, data: bytes) -> bytes:
    length, checksum = len(data), zlib.crc32(data, zlib.crc32(name))
    return b"".join(
        (struct.pack(">I", length), name, data, struct.pack(">I", checksum))
    )
