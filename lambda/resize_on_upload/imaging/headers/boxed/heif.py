"""HEIC's and AVIF's items (ISO/IEC 23008-12).

A file may contain many images: its primary item is the one to show. That one refers to
others, such as its tiles and its alpha channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import BrokenHeaderError, Cicp, Header, number
from .boxes import Fields
from .items import read_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .boxes import Box
    from .items import Items

_HIDDEN = 1  # of the flags of an item's entry
_USUAL = {b"hvc1", b"av01", b"grid", b"iden", b"iovl"}  # coded, and made of others
_HDR_TRANSFERS = (16, 18)  # PQ and HLG
_CODECS = {
    b"avc1": "AVC",
    b"evc1": "EVC",
    b"j2k1": "JPEG 2000",
    b"jpeg": "JPEG",
    b"unci": "uncompressed samples",
    b"vvc1": "VVC",
}


def read(blob: bytes, max_frames: int) -> Header:  # noqa: ARG001 - the primary item
    """Read the size of the primary item, rotated as its properties ask for.

    The decoder applies rotation and mirroring itself, so EXIF is not read.
    """
    items = read_items(blob)
    properties = items.properties.get(items.primary, [])
    size = _rotated_size(blob, properties)
    if size is None:
        msg = "its primary item has no size"
        raise BrokenHeaderError(msg)
    decoded = (items.properties.get(item, []) for item in items.decoded())
    sizes = [size for each in decoded for size in _sizes(blob, each)]
    return Header(
        *size,
        depth=_depth(blob, properties),
        decoded_pixels=max(width * height for width, height in sizes),
        codec=_unusual_codec(items),
        hdr=_hdr(blob, items),
    )


def primary_only(blob: bytes) -> bytes:
    """Hide all items but the primary one: ImageMagick 7 decodes every visible image.

    What the primary one refers to is decoded for it, hidden or not.
    """
    items = read_items(blob)
    visible = [
        entry.flags_at
        for entry in items.entries
        if entry.item != items.primary and not blob[entry.flags_at] & _HIDDEN
    ]
    if not visible:
        return blob
    start, end = items.box.start, items.box.end
    entries = bytearray(blob[start:end])
    for at in visible:
        entries[at - start] |= _HIDDEN
    view = memoryview(blob)
    return b"".join((view[:start], entries, view[end:]))


def _unusual_codec(items: Items) -> str | None:
    """How an image is coded that is decoded, if neither as HEVC nor as AV1."""
    decoded = items.decoded()
    for entry in items.entries:
        if entry.item in decoded and entry.kind not in _USUAL:
            return _CODECS.get(entry.kind) or ascii(entry.kind.decode("latin-1"))
    return None


def _hdr(blob: bytes, items: Items) -> Cicp | None:
    """What an HDR image's values mean: those of its colour box, or of its first tile's.

    An ICC profile takes precedence.
    """
    places = [items.primary, *items.parts.get(items.primary, [])[:1]]
    for item in places:
        boxes = [box for box in items.properties.get(item, []) if box.name == b"colr"]
        found = [blob[box.start : min(box.end, box.start + 8)] for box in boxes]
        if found:
            return _meaning(found)
    return None


def _meaning(boxes: list[bytes]) -> Cicp | None:
    """What they say if the first has codes, and none has a profile."""
    first = boxes[0]
    if any(box[:4] != b"nclx" for box in boxes) or len(first) < 8:  # noqa: PLR2004 - bytes
        return None
    found = Cicp(number(first, 4, 2), number(first, 6, 2))
    return found if found.transfer in _HDR_TRANSFERS else None


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
