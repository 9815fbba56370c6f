"""The EXIF block of a HEIC or AVIF, which is an item (ISO/IEC 23008-12, annex A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..headers.base import BrokenHeaderError, PartBudget, number
from ..headers.boxed.boxes import Box, Fields, boxes, the_box
from ..headers.boxed.items import reference

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BYTES = 1024 * 1024
_TYPES_SINCE = 2  # version of an item's entry
_IN_FILE, _IN_IDAT = 0, 1


def exif_block(blob: bytes) -> bytes:
    """The block of the image to show; empty if there is none, or it is damaged."""
    try:
        return _exif_block(blob, PartBudget())
    except BrokenHeaderError:
        return b""


def _exif_block(blob: bytes, budget: PartBudget) -> bytes:
    meta = the_box([*boxes(blob, 0, len(blob), budget)], b"meta")
    found = [*boxes(blob, meta.start + 4, meta.end, budget)]
    pitm = Fields(blob, the_box(found, b"pitm"))
    primary = pitm.next(4 if pitm.version else 2)
    items = {*_exif_items(blob, the_box(found, b"iinf"), budget)}
    references = [box for box in found if box.name == b"iref"]
    described = (
        item
        for box in references
        for item, target in _descriptions(blob, box, budget)
        if item in items and target == primary
    )
    item = next(described, None)
    if item is None:
        return b""
    idat = next((box for box in found if box.name == b"idat"), None)
    body = _item(blob, the_box(found, b"iloc"), idat, item, budget)
    return body[4 + number(body, 0, 4) :]


def _exif_items(blob: bytes, iinf: Box, budget: PartBudget) -> Iterator[int]:
    fields = Fields(blob, iinf)
    fields.next(4 if fields.version else 2)  # the number of entries
    for box in boxes(blob, fields.at, fields.end, budget):
        entry = Fields(blob, box)
        if box.name != b"infe" or entry.version < _TYPES_SINCE:
            continue
        item = entry.next(2 if entry.version == _TYPES_SINCE else 4)
        entry.next(2)  # its protection
        if entry.next(4) == int.from_bytes(b"Exif", "big"):
            yield item


def _descriptions(
    blob: bytes, iref: Box, budget: PartBudget
) -> Iterator[tuple[int, int]]:
    """Each item that describes another one, and that one."""
    outer = Fields(blob, iref)
    size = 4 if outer.version else 2
    for box in boxes(blob, outer.at, outer.end, budget):
        if box.name != b"cdsc":
            continue
        items = reference(blob, box, size, budget)
        item = next(items)
        for target in items:
            yield item, target


def _item(
    blob: bytes, iloc: Box, idat: Box | None, wanted: int, budget: PartBudget
) -> bytes:
    """The bytes of an item, which may be stored in several extents.

    Raises:
        BrokenHeaderError: it is not where it should be, or too long.
    """
    body = bytearray()
    for start, length in _extents(Fields(blob, iloc), idat, wanted, budget):
        part = blob[start : start + length]
        body += part
        if len(part) < length or len(body) > _MAX_BYTES:
            break
    else:
        return bytes(body)
    msg = "its EXIF block is cut off or too long"
    raise BrokenHeaderError(msg)


def _extents(
    fields: Fields, idat: Box | None, wanted: int, budget: PartBudget
) -> Iterator[tuple[int, int]]:
    """Offset in the file and length of each extent of an item."""
    sizes, more = fields.next(1), fields.next(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if fields.version else 0
    wide = 4 if fields.version > 1 else 2
    for _ in range(fields.next(wide)):
        item = fields.next(wide)
        method = fields.next(2) & 15 if fields.version else _IN_FILE
        fields.next(2)  # the file, always this one
        base = fields.next(base_size)
        for _ in range(fields.next(2)):
            budget.take()
            fields.next(index_size)
            start, length = fields.next(offset_size), fields.next(length_size)
            if item == wanted and method == _IN_FILE:
                yield base + start, length
            elif item == wanted and method == _IN_IDAT and idat:
                yield idat.start + base + start, length
        budget.take()
