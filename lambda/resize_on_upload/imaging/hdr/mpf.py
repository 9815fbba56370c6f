"""The index of the images in a file: Multi-Picture Format (CIPA DC-007, 5)."""

from __future__ import annotations

import struct

from ..headers.base import BrokenHeaderError, number
from ..headers.exif import byte_order, entries
from .dropped import Dropped, GainMapDroppedError

NAME = b"MPF\0"
MAX_IMAGES = 16

_VERSION, _NUMBER_OF_IMAGES, _ENTRIES = 0xB000, 0xB001, 0xB002
_MAX_TAGS = 32
_ENTRY_BYTES = 16
_PRIMARY = 0x030000
_LONG, _UNDEFINED = 4, 7
_TAGS = 3
_TABLE = 8 + 2 + 12 * _TAGS + 4

LENGTH = len(NAME) + _TABLE + 2 * _ENTRY_BYTES
"""Bytes of an index of two images."""


def read(blob: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Start and end of each image but the first, which is the file's own.

    Args:
        blob: The file.
        start: Of the index in it, after its name: offsets count from there.
        end: Of the index.

    Raises:
        GainMapDroppedError: the index is damaged, or leads out of the file.
    """
    try:
        images = _images(blob[start:end])
    except BrokenHeaderError as error:
        raise GainMapDroppedError(Dropped.BROKEN_INDEX) from error
    found = [(start + offset, start + offset + size) for size, offset in images[1:]]
    last = end
    for first, stop in sorted(found):
        if not last <= first < stop <= len(blob):
            raise GainMapDroppedError(Dropped.BROKEN_INDEX)
        last = stop
    return found


def _images(index: bytes) -> list[tuple[int, int]]:
    """Size and offset of each image."""
    order = byte_order(index)
    at = number(index, 4, 4, order)
    tags = {
        tag: number(index, start + 8, 4, order)
        for tag, _, start in entries(index, at, order, _MAX_TAGS)
    }
    count, table = tags.get(_NUMBER_OF_IMAGES, 0), tags.get(_ENTRIES, 0)
    if count > MAX_IMAGES:
        raise GainMapDroppedError(Dropped.BROKEN_INDEX)
    places = (table + _ENTRY_BYTES * one for one in range(count))
    return [
        (number(index, place + 4, 4, order), number(index, place + 8, 4, order))
        for place in places
    ]


def write(base: int, start: int, gain_map: int) -> bytes:
    """The index of a base and a gain map that follows it.

    Args:
        base: Bytes of the base, with this index in it.
        start: Where in the base the index starts, after its name.
        gain_map: Bytes of the gain map.
    """
    tags = struct.pack(">HHI4s", _VERSION, _UNDEFINED, 4, b"0100")
    tags += struct.pack(">HHII", _NUMBER_OF_IMAGES, _LONG, 1, 2)
    tags += struct.pack(">HHII", _ENTRIES, _UNDEFINED, 2 * _ENTRY_BYTES, _TABLE)
    images = struct.pack(">IIIHH", _PRIMARY, base, 0, 0, 0)
    images += struct.pack(">IIIHH", 0, gain_map, base - start, 0, 0)
    head = b"MM\0*" + struct.pack(">IH", 8, _TAGS)
    return NAME + head + tags + bytes(4) + images
