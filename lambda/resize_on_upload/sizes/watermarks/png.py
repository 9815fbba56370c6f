"""Whether a file can be a watermark: a whole PNG of at most eight bits per channel."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 512 * 1024
MAX_SIDE = 2_000
"""Pixels; a watermark of all of a variant is scaled down from less."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the type of colours
_BITS = 8
_CONVERT = "Convert it: magick logo.tif -colorspace sRGB -depth 8 logo.png."
_KINDS = {
    b"\xff\xd8\xff": "a JPEG",
    b"GIF8": "a GIF",
    b"RIFF": "a WebP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"<": "an SVG or another text",
    b"%PDF": "a PDF",
    b"8BPS": "a Photoshop file",
}


def problem(data: bytes) -> str | None:
    """Why a file cannot be a watermark, and what to do; None if it can."""
    if len(data) > MAX_BYTES:
        return f"has more than {MAX_BYTES // 1024} KB; make it smaller."
    if not data.startswith(_SIGNATURE):
        kinds = (kind for start, kind in _KINDS.items() if data.startswith(start))
        kind = next(kinds, "another kind of file" if data else "empty")
        return f"is {kind}; a watermark is a PNG, in RGB or grey. {_CONVERT}"
    try:
        return _problem_of_png(dict(_chunks(data)))
    except ValueError as error:
        return f"is damaged: {error}. Export it again."


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk; the pixels' are joined."""
    at, pixels = len(_SIGNATURE), []
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        checksum = data[end - 4 : end]
        if end > len(data) or checksum != _checksum(data[at + 4 : end - 4]):
            break
        name, body, at = data[at + 4 : at + 8], data[at + 8 : end - 4], end
        pixels += [body] if name == b"IDAT" else []
        yield name, b"".join(pixels) if name == b"IEND" else body
        if name == b"IEND":
            return
    msg = f"it is wrong or cut off at byte {at}"
    raise ValueError(msg)


def _checksum(body: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(body))


def _problem_of_png(chunks: dict[bytes, bytes]) -> str | None:
    header = chunks.get(b"IHDR", b"")
    if len(header) != struct.calcsize(">IIBBBBB"):
        msg = "its header is missing or damaged"
        raise ValueError(msg)
    width, height, bits, colours, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if bits > _BITS:
        return f"has {bits} bits per channel; a watermark has {_BITS}. {_CONVERT}"
    if not 1 <= min(width, height) <= max(width, height) <= MAX_SIDE:
        return f"has {width}x{height} pixels; at most {MAX_SIDE} per side are possible."
    if b"acTL" in chunks:
        return "is animated; a watermark is a single image."
    row = 1 + (width * bits * _CHANNELS.get(colours, 0) + 7) // 8
    found = _unpacked(chunks[b"IEND"], 2 * row * height + height)
    if colours not in _CHANNELS or (not interlaced and found != row * height):
        msg = "it has too few or too many pixels"
        raise ValueError(msg)
    return None


def _unpacked(pixels: bytes, most: int) -> int:
    """How many bytes the pixels have, if not more than a limit."""
    unpacker = zlib.decompressobj()
    try:
        return len(unpacker.decompress(pixels, most))
    except zlib.error as error:
        raise ValueError(str(error)) from error
