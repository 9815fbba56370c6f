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
_HEADER, _PIXELS, _END = b"IHDR", b"IDAT", b"IEND"
_ONCE = (_HEADER, b"PLTE", _END)
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the type of colours
_DEPTHS = {0: (1, 2, 4, 8), 2: (8,), 3: (1, 2, 4, 8), 4: (8,), 6: (8,)}
_PALETTE = 3
_BITS = 8
_MAX_FILTER = 4
_PASSES = (
    ((0, 0, 1, 1),),
    (  # Adam7: left, top, and the distances between its pixels
        *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
        *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
    ),
)
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
        return _problem_of_png(_chunks(data))
    except ValueError as error:
        return f"is damaged: {error}. Export it again."


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """Name → content of the chunks; the pixels' are joined.

    Raises:
        ValueError: decoders would refuse one of them, or their order.
    """
    found: dict[bytes, bytes] = {}
    last, pixels = b"", []
    for name, body in _each_chunk(data):
        is_repeated = name in found and (name in _ONCE or last != name == _PIXELS)
        is_unknown = name[:1].isupper() and name not in (*_ONCE, _PIXELS)
        if is_repeated or is_unknown or (name == _HEADER) == bool(found):
            msg = f"its chunk {name.decode('latin-1')!a} is out of place"
            raise ValueError(msg)
        pixels += [body] if name == _PIXELS else []
        found[name], last = body, name
    return found | {_PIXELS: b"".join(pixels)}


def _each_chunk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        checksum = data[end - 4 : end]
        if end > len(data) or checksum != _checksum(data[at + 4 : end - 4]):
            break
        name, body, at = data[at + 4 : at + 8], data[at + 8 : end - 4], end
        yield name, body
        if name == _END:
            return
    msg = f"it is wrong or cut off at byte {at}"
    raise ValueError(msg)


def _checksum(body: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(body))


def _problem_of_png(chunks: dict[bytes, bytes]) -> str | None:
    header = chunks.get(_HEADER, b"")
    if len(header) != struct.calcsize(">IIBBBBB"):
        msg = "its header is missing or damaged"
        raise ValueError(msg)
    width, height, bits, colours, *methods = struct.unpack(">IIBBBBB", header)
    if bits > _BITS:
        return f"has {bits} bits per channel; a watermark has {_BITS}. {_CONVERT}"
    if not 1 <= min(width, height) <= max(width, height) <= MAX_SIDE:
        return f"has {width}x{height} pixels; at most {MAX_SIDE} per side are possible."
    if b"acTL" in chunks:
        return "is animated; a watermark is a single image."
    if bits not in _DEPTHS.get(colours, ()) or methods not in ([0, 0, 0], [0, 0, 1]):
        msg = "its header has values that PNG does not have"
        raise ValueError(msg)
    if colours == _PALETTE:
        _check_palette(chunks, bits)
    rows = list(_rows(width, height, bits * _CHANNELS[colours], _PASSES[methods[2]]))
    _check_pixels(chunks[_PIXELS], rows)
    return None


def _check_palette(chunks: dict[bytes, bytes], bits: int) -> None:
    length, names = len(chunks.get(b"PLTE", b"")), [*chunks]
    is_before = b"PLTE" in names and names.index(b"PLTE") < names.index(_PIXELS)
    if length % 3 or not is_before or not 0 < length <= 3 << bits:
        msg = "its palette is missing or damaged"
        raise ValueError(msg)


def _rows(
    width: int, height: int, bits: int, passes: tuple[tuple[int, int, int, int], ...]
) -> Iterator[tuple[int, int]]:
    """Of each pass, how many bytes a row has and how many rows there are."""
    for left, top, across, down in passes:
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 < rows:
            yield 1 + (columns * bits + 7) // 8, rows


def _check_pixels(packed: bytes, rows: list[tuple[int, int]]) -> None:
    length, at = sum(row * count for row, count in rows), 0
    pixels = _unpacked(packed, length + 1)
    if len(pixels) != length:
        msg = "it has too few or too many pixels"
        raise ValueError(msg)
    for row, count in rows:
        if max(pixels[at : at + row * count : row]) > _MAX_FILTER:
            msg = "its pixels are filtered in a way that PNG does not have"
            raise ValueError(msg)
        at += row * count


def _unpacked(pixels: bytes, most: int) -> bytes:
    """The bytes of the pixels, `most` at most."""
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(pixels, most)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return found if unpacker.eof or len(found) == most else b""
