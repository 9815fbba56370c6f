"""TIFF's directories (TIFF revision 6.0, section 2)."""

from __future__ import annotations

from . import exif
from .base import BrokenHeaderError, Header, number
from .exif import byte_order, entries

_WIDTH, _HEIGHT, _BITS, _ORIENTATION = 256, 257, 258, 274
_SIZES = {1: 1, 3: 2, 4: 4}  # BYTE, SHORT, LONG
_MAX_ENTRIES = 4_096


def read(blob: bytes, max_frames: int) -> Header:
    """Read the size of the first page, and count the pages."""
    order = byte_order(blob)
    first = at = number(blob, 4, 4, order)
    seen: set[int] = set()
    while at and at not in seen and len(seen) <= max_frames and at + 2 <= len(blob):
        seen.add(at)
        end = at + 2 + 12 * number(blob, at, 2, order)
        at = number(blob, end, 4, order) if end + 4 <= len(blob) else 0
    tags = _tags(blob, first, order)
    if _WIDTH not in tags or _HEIGHT not in tags:
        msg = "its first directory has no size"
        raise BrokenHeaderError(msg)
    orientation = tags.get(_ORIENTATION, 1)
    return Header(
        width=tags[_WIDTH],
        height=tags[_HEIGHT],
        frames=len(seen),
        depth=tags.get(_BITS, 1),
        credit=exif.credit(blob),
        orientation=orientation if 1 <= orientation <= 8 else 1,  # noqa: PLR2004 - its range
    )


def _tags(blob: bytes, at: int, order: str) -> dict[int, int]:
    """Tag → first value, of the tags with unsigned integers."""
    found: dict[int, int] = {}
    for tag, kind, start in entries(blob, at, order, _MAX_ENTRIES):
        if kind not in _SIZES:
            continue
        size = _SIZES[kind]
        count = number(blob, start + 4, 4, order)
        offset = start + 8 if size * count <= 4 else number(blob, start + 8, 4, order)  # noqa: PLR2004 - an entry's own four bytes
        if offset + size <= len(blob):
            found.setdefault(tag, number(blob, offset, size, order))
    return found
