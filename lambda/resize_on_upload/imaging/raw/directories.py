"""The directories of a TIFF, wherever they are (TIFF 6.0, section 2; TIFF/EP, SubIFDs).

Damaged directories are left out: whether the file is a RAW photo at all is not known
before they have been read, and a plain TIFF is read by headers/tiff.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..headers.base import BrokenHeaderError, number
from ..headers.exif import byte_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DIRECTORIES = 32
_MAX_ENTRIES = 512
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
    order = byte_order(blob)
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
        return _read(blob, at, byte_order(blob))[0] if at else None
    except BrokenHeaderError:
        return None


def _read(blob: bytes, at: int, order: str) -> tuple[Directory, int]:
    """A directory, and the offset of the next one or 0."""
    count = number(blob, at, 2, order)
    starts = range(at + 2, at + 2 + 12 * min(count, _MAX_ENTRIES), 12)
    entries = {
        tag: entry for start in starts for tag, entry in _entry(blob, start, order)
    }
    end = at + 2 + 12 * count
    following = number(blob, end, 4, order) if end + 4 <= len(blob) else 0
    return Directory(blob, order, entries), following


def _entry(
    blob: bytes, start: int, order: str
) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """The tag at an offset, with type, number and place of its values, if readable."""
    tag, kind = number(blob, start, 2, order), number(blob, start + 2, 2, order)
    count, at = number(blob, start + 4, 4, order), start + 8
    if kind in _SIZES:
        if _SIZES[kind] * count > _INLINE_BYTES:
            at = number(blob, start + 8, 4, order)
        yield tag, (kind, count, at)
