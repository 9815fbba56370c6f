"""PNG's chunks (https://www.w3.org/TR/png-3/#5DataRep)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from . import exif
from .base import MAX_PARTS, BrokenHeaderError, Header, number

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE = 8
_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB"}
_MAX_PROFILE_BYTES = 4 * 1024 * 1024


def read(blob: bytes, max_frames: int) -> Header:  # noqa: ARG001 - the first only
    """Read the header and the chunks before and after the pixels.

    An APNG counts as its first image: ImageMagick decodes no more of it.
    """
    if blob[12:16] != b"IHDR":
        msg = "its first chunk is not IHDR"
        raise BrokenHeaderError(msg)
    block, metadata = b"", 0
    for name, start, end in _chunks(blob):
        if name == b"eXIf":
            block = blob[start + 8 : end - 4]
        if name not in _PIXELS:
            metadata += end - start
    return Header(
        width=number(blob, 16, 4),
        height=number(blob, 20, 4),
        depth=number(blob, 24, 1),
        orientation=exif.orientation(block),
        metadata=metadata,
        credit=exif.credit(block),
        exif=block,
    )


def strip_ancillary(blob: bytes) -> bytes:
    """Drop all chunks but pixels and their colours; without others, copy nothing.

    A text chunk of 190 kB can unpack to 200 MB, and decoders unpack all of them.
    """
    whole = memoryview(blob)  # slices of it share its memory
    kept = [
        whole[start:end]
        for name, start, end in _chunks(blob)
        if name in _PIXELS
        or (name == b"iCCP" and _is_sane_profile(blob[start + 8 : end - 4]))
    ]
    if _SIGNATURE + sum(map(len, kept)) == len(blob):
        return blob
    return b"".join((whole[:_SIGNATURE], *kept))


def is_widened(blob: bytes) -> bool:
    """Whether the decoder adds bits or transparency after it has read all rows."""
    return number(blob, 24, 1) < 8 or any(  # noqa: PLR2004 - bits
        name == b"tRNS" for name, _, _ in _chunks(blob)
    )


def is_complete(blob: bytes) -> bool:
    """Whether the last chunk, IEND, is present."""
    return any(name == b"IEND" for name, _, _ in _chunks(blob))


def _chunks(blob: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each complete chunk."""
    at = _SIGNATURE
    for _ in range(MAX_PARTS):
        if at + 12 > len(blob):
            return
        end = at + 12 + number(blob, at, 4)
        if end > len(blob):
            return
        name = blob[at + 4 : at + 8]
        yield name, at, end
        if name == b"IEND":
            return
        at = end
    msg = f"it has more than {MAX_PARTS} chunks"
    raise BrokenHeaderError(msg)


def _is_sane_profile(body: bytes) -> bool:
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return False
    return unpacker.eof
