"""Boxes of the ISO base media file format (ISO/IEC 14496-12), and their fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base import BrokenHeaderError, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..base import PartBudget


@dataclass(frozen=True, slots=True)
class Box:
    """A box's name, and where its content starts and ends."""

    name: bytes
    start: int
    end: int


def boxes(blob: bytes, start: int, end: int, budget: PartBudget) -> Iterator[Box]:
    """Each box of a part of a file; the last may be cut off.

    Raises:
        BrokenHeaderError: there are too many, or a size is cut off.
    """
    at = start
    while at + 8 <= end:
        budget.take()
        size, name, body = number(blob, at, 4), blob[at + 4 : at + 8], at + 8
        if size == 1:
            size, body = number(blob, at + 8, 8), at + 16
        stop = min(at + size, end) if size else end
        if stop < body:
            return
        yield Box(name, body, stop)
        at = stop


def the_box(found: list[Box], name: bytes) -> Box:
    """The only box of a name.

    Raises:
        BrokenHeaderError: there is none, or more than one: readers disagree about
            which of them counts.
    """
    named = [box for box in found if box.name == name]
    if len(named) != 1:
        count = f"{len(named)} boxes" if named else "no box"
        msg = f"it has {count} {name.decode()!r}"
        raise BrokenHeaderError(msg)
    return named[0]


class Fields:
    """The fields of a box with a version and flags, in order."""

    def __init__(self, blob: bytes, box: Box) -> None:
        self._blob, self.at, self.end = blob, box.start, box.end
        self.version, self.flags = self.next(1), self.next(3)

    def next(self, size: int) -> int:
        """The next field, an integer of `size` bytes.

        Raises:
            BrokenHeaderError: the box ends before it.
        """
        at = self.at
        self.at += size
        if self.at > self.end:
            msg = f"a box that ends at byte {self.end} is shorter than its fields"
            raise BrokenHeaderError(msg)
        return number(self._blob, at, size)
