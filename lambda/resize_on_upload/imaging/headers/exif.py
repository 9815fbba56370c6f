"""Orientation, artist and copyright in an EXIF block: a small TIFF (EXIF 2.32, 4.6)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .base import BrokenHeaderError, number

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORIENTATION = 0x0112
_FIRST_TURNED = 5  # EXIF's orientations from here on swap width and height
_CREDIT = (0x013B, 0x8298)  # Artist, Copyright
_SHORT, _ASCII = 3, 2
_MAX_TEXT_BYTES = 400  # of each of the two; they are added to every variant
MAX_ENTRIES = 512
"""Of a directory: more are not read."""


def orientation(block: bytes) -> int:
    """EXIF orientation 1 to 8; 1 if absent, damaged or out of range."""
    try:
        found = _first_directory(block.removeprefix(b"Exif\0\0"))
    except BrokenHeaderError:
        return 1
    return found if 1 <= found <= 8 else 1  # noqa: PLR2004 - EXIF's range


def displayed_size(stored: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height of the image as viewers show it, turned by its orientation."""
    return stored[::-1] if orientation >= _FIRST_TURNED else stored


def credit(block: bytes) -> bytes:
    """A new block with only the artist and copyright of this one; empty if neither."""
    block = block.removeprefix(b"Exif\0\0")
    try:
        found = _texts(block)
    except BrokenHeaderError:
        return b""
    return b"Exif\0\0" + _block(found) if found else b""


def byte_order(block: bytes) -> str:
    """Return "little" or "big", by the first two bytes.

    Raises:
        BrokenHeaderError: they are neither of the two marks.
    """
    if block[:2] not in (b"II", b"MM"):
        msg = "it has no byte order mark"
        raise BrokenHeaderError(msg)
    return "little" if block[:2] == b"II" else "big"


def entries(
    block: bytes, at: int, order: str, most: int = MAX_ENTRIES
) -> Iterator[tuple[int, int, int]]:
    """Tag, type and offset of each entry of a TIFF's directory, of `most` at most.

    The number of its values is at the offset + 4, the values or their offset at + 8.

    Raises:
        BrokenHeaderError: the block ends before an entry's type does.
    """
    for entry in range(min(number(block, at, 2, order), most)):
        start = at + 2 + 12 * entry
        yield (
            number(block, start, 2, order),
            number(block, start + 2, 2, order),
            start,
        )


def _first_directory(block: bytes) -> int:
    order = byte_order(block)
    for tag, kind, start in entries(block, number(block, 4, 4, order), order):
        if tag == _ORIENTATION:
            return number(block, start + 8, 2, order) if kind == _SHORT else 1
    return 1


def _texts(block: bytes) -> list[tuple[int, bytes]]:
    order = byte_order(block)
    found = []
    for tag, kind, start in entries(block, number(block, 4, 4, order), order):
        if tag not in _CREDIT or kind != _ASCII:
            continue
        count = number(block, start + 4, 4, order)
        offset = start + 8 if count <= 4 else number(block, start + 8, 4, order)  # noqa: PLR2004 - an entry's own four bytes
        text = block[offset : offset + min(count, _MAX_TEXT_BYTES)]
        text = text.split(b"\0")[0].strip()
        if text:
            found.append((tag, text + b"\0"))
    return sorted(dict(found).items())


def _block(texts: list[tuple[int, bytes]]) -> bytes:
    """A TIFF of one directory with these texts."""
    start = 8 + 2 + 12 * len(texts) + 4
    fields, data = b"", b""
    for tag, text in texts:
        padded = text.ljust(5, b"\0")  # five or more are stored after the directory
        offset = start + len(data)
        fields += struct.pack(">HHII", tag, _ASCII, len(padded), offset)
        data += padded
    head = b"MM\0*" + struct.pack(">IH", 8, len(texts))
    return head + fields + bytes(4) + data
