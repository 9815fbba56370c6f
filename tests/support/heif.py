"""HEIC and AVIF files with any items, made by code from AVIF stills."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALPHA = b"auxC\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
TURNED = b"irot\1"
"""A property: a quarter turn to the left."""


@dataclass(frozen=True)
class Item:
    """An item of a file.

    Attributes:
        properties: Name and content of each.
        data: Its coded image, or how it is made of others.
        kind: `av01` is a coded image; `grid`, `iden` and `iovl` are made of others.
        hidden: Whether it is marked as not to be shown.
        refers: Kind of reference → the numbers of the items it refers to.
    """

    properties: tuple[bytes, ...] = ()
    data: bytes = b""
    kind: bytes = b"av01"
    hidden: bool = False
    refers: Mapping[bytes, tuple[int, ...]] = field(default_factory=dict)


def still(width: int, height: int, *properties: bytes) -> Item:
    """The four quarters, with these properties in addition."""
    blob = images.encoded("avif", width, height)
    return Item((*_children(blob, b"ipco"), *properties), _content(blob, b"mdat"))


def claiming(item: Item, width: int, height: int) -> Item:
    """The same item, with another size in its properties."""
    others = (each for each in item.properties if not each.startswith(b"ispe"))
    return replace(item, properties=(size(width, height), *others))


def size(width: int, height: int) -> bytes:
    """The property with the size of an image."""
    return b"ispe" + struct.pack(">III", 0, width, height)


def column(*tiles: int, width: int, height: int) -> Item:
    """Tiles under one another."""
    data = struct.pack(">BBBBHH", 0, 0, len(tiles) - 1, 0, width, height)
    return Item((size(width, height),), data, b"grid", refers={b"dimg": tiles})


def file(
    items: Mapping[int, Item],
    primary: int,
    *,
    wide: bool = False,
    brand: bytes = b"avif",
) -> bytes:
    """A file with these items, in this order.

    Args:
        items: Number → item.
        primary: The number of the item to show.
        wide: Whether numbers have 32 bits, and the sizes of boxes 64.
        brand: The kind of file.
    """
    layout = _Layout(wide)
    start = box(b"ftyp", brand, bytes(4), b"mif1", brand, b"miaf")
    before = len(start + layout.meta(items, primary, 0)) + 8
    data = box(b"mdat", *(item.data for item in items.values()))
    return start + layout.meta(items, primary, before) + data


def box(name: bytes, *parts: bytes, wide: bool = False) -> bytes:
    """A box whose size has 32 or 64 bits."""
    body = b"".join(parts)
    if wide:
        return struct.pack(">I4sQ", 1, name, 16 + len(body)) + body
    return struct.pack(">I4s", 8 + len(body), name) + body


@dataclass(frozen=True)
class _Layout:
    """The boxes that describe items, with numbers of 16 or 32 bits."""

    wide: bool

    def meta(self, items: Mapping[int, Item], primary: int, data: int) -> bytes:
        """The box with all others; the items' data starts at the offset `data`."""
        return self._full(
            b"meta",
            0,
            self._full(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
            self._full(b"pitm", self.wide, self._number(primary)),
            self._places(items, data),
            self._entries(items),
            self._full(b"iref", self.wide, *self._references(items)),
            self._properties(items),
        )

    def _full(self, name: bytes, version: int, *parts: bytes, flags: int = 0) -> bytes:
        return box(
            name, struct.pack(">I", version << 24 | flags), *parts, wide=self.wide
        )

    def _number(self, value: int) -> bytes:
        return struct.pack(">I" if self.wide else ">H", value)

    def _places(self, items: Mapping[int, Item], at: int) -> bytes:
        parts = [b"\x44\0", self._number(len(items))]
        for key, item in items.items():
            method = b"\0\0" * self.wide
            place = struct.pack(">HHII", 0, 1, at, len(item.data))
            parts += [self._number(key), method, place]
            at += len(item.data)
        return self._full(b"iloc", 2 * self.wide, *parts)

    def _entries(self, items: Mapping[int, Item]) -> bytes:
        entries = (
            self._full(
                b"infe",
                2 + self.wide,
                *(self._number(key), b"\0\0", item.kind, b"\0"),
                flags=item.hidden,
            )
            for key, item in items.items()
        )
        return self._full(b"iinf", self.wide, self._number(len(items)), *entries)

    def _references(self, items: Mapping[int, Item]) -> Iterator[bytes]:
        for key, item in items.items():
            for kind, to in item.refers.items():
                count = struct.pack(">H", len(to))
                yield box(kind, self._number(key), count, *map(self._number, to))

    def _properties(self, items: Mapping[int, Item]) -> bytes:
        known = list(dict.fromkeys(p for i in items.values() for p in i.properties))
        entries = [
            self._number(key)
            + bytes([len(item.properties)])
            + b"".join(
                struct.pack(">H", known.index(one) + 1)
                if self.wide
                else bytes([known.index(one) + 1])
                for one in item.properties
            )
            for key, item in items.items()
        ]
        boxes = [box(each[:4], each[4:]) for each in known]
        count = struct.pack(">I", len(items))
        return box(
            b"iprp",
            box(b"ipco", *boxes),
            self._full(b"ipma", self.wide, count, *entries, flags=self.wide),
        )


def _content(blob: bytes, name: bytes) -> bytes:
    at = blob.index(name)
    return blob[at + 4 : at - 4 + int.from_bytes(blob[at - 4 : at])]


def _children(blob: bytes, name: bytes) -> Iterator[bytes]:
    """Name and content of each box in the one of this name."""
    rest = _content(blob, name)
    while rest:
        length = int.from_bytes(rest[:4])
        yield rest[4:length]
        rest = rest[length:]


def meaning(primaries: int, transfer: int, matrix: int = 6) -> bytes:
    """A property that says what colour values mean, by the numbers of ITU-T H.273."""
    return b"colrnclx" + struct.pack(">HHHB", primaries, transfer, matrix, 0x80)


def recoloured(item: Item, *properties: bytes) -> Item:
    """The same item, with these properties in place of those about colour."""
    others = (each for each in item.properties if not each.startswith(b"colr"))
    return replace(item, properties=(*others, *properties))
