"""The directories of a TIFF, wherever they are (TIFF 6.0, section 2; TIFF/EP, SubIFDs).

Damaged directories are left out: whether the file is a RAW photo at all is not known
before they have been read, and a plain TIFF is read by headers/tiff.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..headers import exif
from ..headers.base import BrokenHeaderError, number

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DIRECTORIES = 32
_MAX_NUMBERS = 16  # of an entry
_MAX_TEXT = 64

_SUB_DIRECTORIES = 330
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    7: 1,
    13: 4,
}  # BYTE, ASCII, SHORT, LONG, UNDEFINED, IFD
_NUMBERS = {1, 3, 4, 13}
_INLINE_BYTES = 4


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: tag → its type, its number of values, and where they are."""

    blob: bytes
    order: str
    entries: Mapping[int, tuple[int, int, int]]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The first unsigned integers of a tag; none if it is absent or damaged."""
        kind, count, at = self.entries.get(tag, (0, 0, 0))
        if kind not in _NUMBERS:
            return ()
        size = _SIZES[kind]
        stop = min(at + size * min(count, _MAX_NUMBERS), len(self.blob) - size + 1)
        places = range(at, stop, size)
        return tuple(number(self.blob, place, size, self.order) for place in places)

    def first(self, tag: int) -> int | None:
        """The first unsigned integer of a tag."""
        return next(iter(self.numbers(tag)), None)

    def text(self, tag: int) -> bytes:
        """The text of a tag; empty if it is absent."""
        _, count, at = self.entries.get(tag, (0, 0, 0))
        return self.blob[at : at + min(count, _MAX_TEXT)].split(b"\0")[0].strip()


def read_all(blob: bytes) -> list[Directory]:
    """The directories of a file and those in them, the file's first one first."""
    order = exif.byte_order(blob)
    waiting, seen, found = [number(blob, 4, 4, order)], set[int](), list[Directory]()
    while waiting and len(seen) < MAX_DIRECTORIES:
        at = waiting.pop(0)
        if not at or at in seen:
            continue
        seen.add(at)
        try:
            directory, following = _read(blob, at, order)
        except BrokenHeaderError:
            continue
        found.append(directory)
        waiting += [*directory.numbers(_SUB_DIRECTORIES), following]
    return found


def read_at(blob: bytes, at: int | None) -> Directory | None:
    """The directory at an offset, such as EXIF's; None if it is absent or damaged."""
    try:
        return _read(blob, at, exif.byte_order(blob))[0] if at else None
    except BrokenHeaderError:
        return None


def _read(blob: bytes, at: int, order: str) -> tuple[Directory, int]:
    """A directory, and the offset of the next one or 0."""
    places = (
        (tag, _place(blob, kind, start, order))
        for tag, kind, start in exif.entries(blob, at, order)
    )
    entries = {tag: place for tag, place in places if place}
    end = at + 2 + 12 * number(blob, at, 2, order)
    following = number(blob, end, 4, order) if end + 4 <= len(blob) else 0
    return Directory(blob, order, entries), following


def _place(
    blob: bytes, kind: int, start: int, order: str
) -> tuple[int, int, int] | None:
    """Type, number and place of an entry's values; None if they are not read."""
    count, at = number(blob, start + 4, 4, order), start + 8
    if kind not in _SIZES:
        return None
    if _SIZES[kind] * count > _INLINE_BYTES:
        at = number(blob, start + 8, 4, order)
    return kind, count, at
