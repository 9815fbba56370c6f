"""HEIC's and AVIF's items (ISO/IEC 23008-12).

A file may contain many images: its primary item is the one to show. That one refers to
others, such as its tiles and its alpha channel.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base import BrokenHeaderError, Header, PartBudget, number
from .boxes import Box, Fields, boxes, the_box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HIDDEN = 1  # of the flags of an item's entry
_ITEMS_HAVE_FLAGS = 2  # since this version of the entry
_INPUTS, _AUXILIARY = b"dimg", b"auxl"


@dataclass(frozen=True, slots=True)
class _Items:
    """What a file's `meta` box says about its items.

    Attributes:
        primary: The number of the item to show.
        entries: Where the list of items is.
        flags: The number of each item, and where the last byte of its flags is.
        parts: Item → the items that are decoded for it.
        properties: Item → its properties, in order.
    """

    primary: int
    entries: Box
    flags: list[tuple[int, int]]
    parts: dict[int, list[int]]
    properties: dict[int, list[Box]]


def read(blob: bytes, max_frames: int) -> Header:  # noqa: ARG001 - the primary item
    """Read the size of the primary item, rotated as its properties ask for.

    The decoder applies rotation and mirroring itself, so EXIF is not read.
    """
    items = _read_items(blob)
    properties = items.properties.get(items.primary, [])
    size = _rotated_size(blob, properties)
    if size is None:
        msg = "its primary item has no size"
        raise BrokenHeaderError(msg)
    decoded = (items.properties.get(item, []) for item in _decoded(items))
    sizes = [size for each in decoded for size in _sizes(blob, each)]
    return Header(
        *size,
        depth=_depth(blob, properties),
        decoded_pixels=max(width * height for width, height in sizes),
    )


def primary_only(blob: bytes) -> bytes:
    """Hide all items but the primary one: ImageMagick 7 decodes every visible image.

    What the primary one refers to is decoded for it, hidden or not.
    """
    items = _read_items(blob)
    visible = [
        at
        for item, at in items.flags
        if item != items.primary and not blob[at] & _HIDDEN
    ]
    if not visible:
        return blob
    start, end = items.entries.start, items.entries.end
    entries = bytearray(blob[start:end])
    for at in visible:
        entries[at - start] |= _HIDDEN
    view = memoryview(blob)
    return b"".join((view[:start], entries, view[end:]))


def _read_items(blob: bytes) -> _Items:
    budget = PartBudget()
    meta = the_box(list(boxes(blob, 0, len(blob), budget)), b"meta")
    found = list(boxes(blob, meta.start + 4, meta.end, budget))
    pitm = Fields(blob, the_box(found, b"pitm"))
    entries = the_box(found, b"iinf")
    return _Items(
        primary=pitm.next(4 if pitm.version else 2),
        entries=entries,
        flags=list(_flags(blob, entries, budget)),
        parts=_parts(blob, [box for box in found if box.name == b"iref"], budget),
        properties=_properties(blob, the_box(found, b"iprp"), budget),
    )


def _flags(blob: bytes, iinf: Box, budget: PartBudget) -> Iterator[tuple[int, int]]:
    """The number of each item, and where the last byte of its flags is."""
    fields = Fields(blob, iinf)
    fields.next(4 if fields.version else 2)  # the number of entries
    for box in boxes(blob, fields.at, fields.end, budget):
        entry = Fields(blob, box)
        if box.name == b"infe" and entry.version >= _ITEMS_HAVE_FLAGS:
            wide = entry.version > _ITEMS_HAVE_FLAGS
            yield entry.next(4 if wide else 2), box.start + 3


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
            source, *targets = _reference(blob, box, size, budget)
            for target in targets:
                if box.name == _INPUTS:
                    parts[source].append(target)
                else:
                    parts[target].append(source)
    return parts


def _reference(blob: bytes, box: Box, size: int, budget: PartBudget) -> Iterator[int]:
    """The item that refers, then those it refers to."""
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


def _decoded(items: _Items) -> set[int]:
    """The primary item and all items that are decoded for it."""
    decoded, waiting = set(), [items.primary]
    while waiting:
        item = waiting.pop()
        if item not in decoded:
            decoded.add(item)
            waiting += items.parts.get(item, [])
    return decoded


def _sizes(blob: bytes, properties: list[Box]) -> Iterator[tuple[int, int]]:
    for box in properties:
        if box.name == b"ispe":
            fields = Fields(blob, box)
            yield fields.next(4), fields.next(4)


def _rotated_size(blob: bytes, properties: list[Box]) -> tuple[int, int] | None:
    sizes = list(_sizes(blob, properties))
    turns = [number(blob, box.start, 1) for box in properties if box.name == b"irot"]
    if not sizes:
        return None
    width, height = sizes[-1]
    return (height, width) if sum(turns) % 2 else (width, height)


def _depth(blob: bytes, properties: list[Box]) -> int:
    depth = 8
    for box in properties:
        if box.name == b"pixi":
            fields = Fields(blob, box)
            depth = max(depth, fields.next(1) and fields.next(1))
    return depth
