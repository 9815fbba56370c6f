"""The orientation in an EXIF block, which is a small TIFF file (EXIF 2.32, 4.6)."""

from __future__ import annotations

from .header import BrokenHeaderError, number

_ORIENTATION = 0x0112
_SHORT = 3
_MOST_ENTRIES = 512


def orientation(block: bytes) -> int:
    """1 to 8; 1 for whatever is missing, damaged or out of range."""
    try:
        found = _first_directory(block.removeprefix(b"Exif\0\0"))
    except BrokenHeaderError:
        return 1
    return found if 1 <= found <= 8 else 1  # noqa: PLR2004 - EXIF's range


def byte_order(block: bytes) -> str:
    """Whether numbers are "little" or "big" endian, as the first two bytes say.

    Raises:
        BrokenHeaderError: they say neither.
    """
    if block[:2] not in (b"II", b"MM"):
        msg = "it has no byte order mark"
        raise BrokenHeaderError(msg)
    return "little" if block[:2] == b"II" else "big"


def _first_directory(block: bytes) -> int:
    order = byte_order(block)
    at = number(block, 4, 4, order)
    for entry in range(min(number(block, at, 2, order), _MOST_ENTRIES)):
        start = at + 2 + 12 * entry
        if number(block, start, 2, order) == _ORIENTATION:
            kind = number(block, start + 2, 2, order)
            return number(block, start + 8, 2, order) if kind == _SHORT else 1
    return 1
