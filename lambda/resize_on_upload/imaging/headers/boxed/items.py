"""The items of a HEIC or AVIF: images, and how they refer to each other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base import PartBudget, number
from .boxes import Box, Fields, boxes, the_box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENTRIES_HAVE_FLAGS = 2  # since this version of the entry
_INPUTS, _AUXILIARY = b"dimg", b"auxl"


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in the list of items: its number, its kind, its flags' last byte."""

    item: int
    kind: bytes
    flags_at: int


@dataclass(frozen=True, slots=True)
class Items:
    """What a file's `meta` box says about its items.

    Attributes:
        primary: The number of the item to show.
        box: Where the list of items is.
        entries: The items in it.
        parts: Item → the items that are decoded for it.
        properties: Item → its properties, in order.
    """

    primary: int
    box: Box
    entries: tuple[Entry, ...]
    parts: dict[int, list[int]]
    properties: dict[int, list[Box]]

    def decoded(self) -> set[int]:
        """The primary item and all items that are decoded for it."""
        decoded, waiting = set(), [self.primary]
        while waiting:
            item = waiting.pop()
            if item not in decoded:
                decoded.add(item)
                waiting += self.parts.get(item, [])
        return decoded


def read_items(blob: bytes) -> Items:
    """Read the file's `meta` box.

    Raises:
        BrokenHeaderError: it is damaged, or readers would disagree about it.
    """
    budget = PartBudget()
    meta = the_box(list(boxes(blob, 0, len(blob), budget)), b"meta")
    found = list(boxes(blob, meta.start + 4, meta.end, budget))
    pitm = Fields(blob, the_box(found, b"pitm"))
    iinf = the_box(found, b"iinf")
    return Items(
        primary=pitm.next(4 if pitm.version else 2),
        box=iinf,
        entries=tuple(_entries(blob, iinf, budget)),
        parts=_parts(blob, [box for box in found if box.name == b"iref"], budget),
        properties=_properties(blob, the_box(found, b"iprp"), budget),
    )


def _entries(blob: bytes, iinf: Box, budget: PartBudget) -> Iterator[Entry]:
    fields = Fields(blob, iinf)
    fields.next(4 if fields.version else 2)  # the number of entries
    for box in boxes(blob, fields.at, fields.end, budget):
        entry = Fields(blob, box)
        if box.name == b"infe" and entry.version >= _ENTRIES_HAVE_FLAGS:
            item = entry.next(4 if entry.version > _ENTRIES_HAVE_FLAGS else 2)
            kind = blob[entry.at + 2 : entry.at + 6]
            yield Entry(item, kind, box.start + 3)


def _parts(
    blob: bytes, iref: Iterable[Box], budget: PartBudget
) -> dict[int, list[int]]:
    """Item → the images it is derived from, and its auxiliary images."""
    parts = defaultdict(list)
    for outer in iref:
        fields = Fields(blob, outer)
        size = 4 if fields.version else 2
        for box in boxes(blob, fields.at, fields.end, budget):
            if box.name not in (_INPUTS, _AUXILIARY):
                continue
            source, *targets = reference(blob, box, size, budget)
            for target in targets:
                if box.name == _INPUTS:
                    parts[source].append(target)
                else:
                    parts[target].append(source)
    return parts


def reference(blob: bytes, box: Box, size: int, budget: PartBudget) -> Iterator[int]:
    """The item that refers, then those it refers to; `size` bytes each."""
    yield number(blob, box.start, size)
    count = number(blob, box.start + size, 2)
    for index in range(count):
        budget.take()
        yield number(blob, box.start + size + 2 + index * size, size)


def _properties(blob: bytes, iprp: Box, budget: PartBudget) -> dict[int, list[Box]]:
    found = list(boxes(blob, iprp.start, iprp.end, budget))
    ipco = the_box(found, b"ipco")
    known = [None, *boxes(blob, ipco.start, ipco.end, budget)]  # counted from 1
    properties = defaultdict(list)
    for box in found:
        if box.name == b"ipma":
            for item, index in _associations(Fields(blob, box), budget):
                if index < len(known) and (one := known[index]):
                    properties[item].append(one)
    return properties


def _associations(fields: Fields, budget: PartBudget) -> Iterator[tuple[int, int]]:
    """Each item with the number of each of its properties."""
    size, essential = (2, 0x8000) if fields.flags & 1 else (1, 0x80)
    for _ in range(fields.next(4)):
        item = fields.next(4 if fields.version else 2)
        budget.take()
        for _ in range(fields.next(1)):
            budget.take()
            yield item, fields.next(size) & ~essential
