"""EXIF blocks with any entries, made by code, and files that carry one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.support import heif, images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DIRECTORY, GPS = 0x8769, 0x8825
TAKEN, OFFSET = 0x9003, 0x9011
ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5


def text(value: bytes) -> tuple[int, int, bytes]:
    """An entry with a text."""
    return ASCII, len(value) + 1, value + b"\0"


def rationals(*values: tuple[int, int], order: str = ">") -> tuple[int, int, bytes]:
    """An entry with fractions."""
    return (
        RATIONAL,
        len(values),
        b"".join(struct.pack(f"{order}II", *v) for v in values),
    )


def block(
    facts: Mapping[int, tuple[int, int, bytes]],
    gps: Mapping[int, tuple[int, int, bytes]] | None = None,
    *,
    order: str = ">",
) -> bytes:
    """A block of three directories: the first one, EXIF's and the position's."""
    first = 8 + 2 + 2 * 12 + 4
    directory = _directory(facts, first, order)
    position = _directory(gps or {}, first + len(directory), order)
    pointers = (DIRECTORY, first), (GPS, first + len(directory))
    entries = (struct.pack(f"{order}HHII", tag, LONG, 1, at) for tag, at in pointers)
    head = (b"MM" if order == ">" else b"II") + struct.pack(f"{order}HI", 42, 8)
    start = struct.pack(f"{order}H", 2) + b"".join(entries) + bytes(4)
    return head + start + directory + position


def _directory(
    entries: Mapping[int, tuple[int, int, bytes]], at: int, order: str
) -> bytes:
    after = at + 2 + 12 * len(entries) + 4
    listed, data = b"", b""
    for tag, (kind, count, value) in entries.items():
        inline = value.ljust(4, b"\0")
        if len(value) > 4:
            inline = struct.pack(f"{order}I", after + len(data))
            data += value
        listed += struct.pack(f"{order}HHI", tag, kind, count) + inline
    return struct.pack(f"{order}H", len(entries)) + listed + bytes(4) + data


def place(
    latitude: str, longitude: str, *degrees: tuple[int, int], order: str = ">"
) -> dict[int, tuple[int, int, bytes]]:
    """The entries of a position: its sides, then the degrees of both in fractions."""
    half = len(degrees) // 2
    return {
        1: text(latitude.encode()),
        2: rationals(*degrees[:half], order=order),
        3: text(longitude.encode()),
        4: rationals(*degrees[half:], order=order),
    }


def jpeg(found: bytes) -> bytes:
    """A JPEG with a block."""
    body = b"Exif\0\0" + found
    plain = images.encoded("jpeg")
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return plain[:2] + segment + plain[2:]


def png(found: bytes) -> bytes:
    """A PNG with a block."""
    plain = images.png(120, 80)
    return plain[:33] + images.chunk(b"eXIf", found) + plain[33:]


def webp(found: bytes) -> bytes:
    """A WebP with a block."""
    plain = images.encoded("webp")
    sides = b"".join((side - 1).to_bytes(3, "little") for side in (120, 80))
    start = images.riff_chunk(b"VP8X", b"\x08\0\0\0" + sides)
    body = b"WEBP" + start + plain[12:] + images.riff_chunk(b"EXIF", found)
    return images.riff_chunk(b"RIFF", body)


def avif(found: bytes, *, wide: bool = False) -> bytes:
    """An AVIF with a block."""
    body = struct.pack(">I", 6) + b"Exif\0\0" + found
    item = heif.Item((), body, b"Exif", refers={b"cdsc": (1,)})
    return heif.file({1: heif.still(120, 80), 2: item}, 1, wide=wide)


FILES: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": jpeg,
    "png": png,
    "webp": webp,
    "avif": avif,
    "avif with wide numbers": lambda found: avif(found, wide=True),
    "tiff": lambda found: found,
}
"""Kind of file → a file with a block."""
