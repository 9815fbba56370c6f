"""When and where a photo was taken, by its EXIF block (EXIF 2.32, 4.6.5 and 4.6.6).

A value that is damaged or impossible counts as missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..headers.base import BrokenHeaderError, number
from ..headers.exif import byte_order, entries

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXIF, _GPS = 0x8769, 0x8825  # directories that the first one refers to
_TAKEN, _OFFSET = 0x9003, 0x9011  # DateTimeOriginal, OffsetTimeOriginal
_LATITUDE, _LONGITUDE = (1, 2, "NS", 90), (3, 4, "EW", 180)
_ASCII, _LONG, _RATIONAL = 2, 4, 5
_TYPE_BYTES = {_ASCII: 1, _LONG: 4, _RATIONAL: 8}
_MAX_VALUE_BYTES = 64  # three rationals, or a date, and some room

_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_ZONE = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d", re.ASCII)
_DECIMALS = 6  # of a degree: a tenth of a metre


@dataclass(frozen=True, slots=True)
class Location:
    """A place on earth, in decimal degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class _Value:
    """An entry of a directory: its type and the bytes of its value."""

    kind: int
    body: bytes


def taken_at(block: bytes) -> str | None:
    """When the photo was taken, in ISO 8601; with its offset from UTC if that is known.

    Without an offset it is the local time of the camera.
    """
    directory = _directory_at(block, _EXIF)
    found = _DATE.fullmatch(_text(directory, _TAKEN))
    if not found:
        return None
    try:
        moment = datetime(*map(int, found.groups())).isoformat()  # type: ignore[arg-type]  # noqa: DTZ001 - the camera's
    except ValueError:
        return None
    zone = _text(directory, _OFFSET)
    return moment + (zone if _ZONE.fullmatch(zone) else "")


def location(block: bytes) -> Location | None:
    """Where the photo was taken.

    Cameras without a position write zeros: that place in the ocean counts as none.
    """
    directory = _directory_at(block, _GPS)
    latitude = _degrees(directory, *_LATITUDE)
    longitude = _degrees(directory, *_LONGITUDE)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return Location(latitude, longitude)


def _directory_at(block: bytes, pointer: int) -> Mapping[int, _Value]:
    """A directory that the first one refers to; empty if it is missing or damaged."""
    block = block.removeprefix(b"Exif\0\0")
    try:
        order = byte_order(block)
        value = _directory(block, number(block, 4, 4, order), order).get(pointer)
        if not value or value.kind != _LONG:
            return {}
        found = _directory(block, number(value.body, 0, 4, order), order)
    except BrokenHeaderError:
        return {}
    return {tag: _in_big_endian(one, order) for tag, one in found.items()}


def _directory(block: bytes, at: int, order: str) -> dict[int, _Value]:
    """Tag → value of one directory; the first of equal tags counts."""
    found: dict[int, _Value] = {}
    for tag, kind, start in entries(block, at, order):
        length = _TYPE_BYTES.get(kind, 0) * number(block, start + 4, 4, order)
        if not 0 < length <= _MAX_VALUE_BYTES:
            continue
        offset = start + 8 if length <= 4 else number(block, start + 8, 4, order)  # noqa: PLR2004 - an entry's own four bytes
        body = block[offset : offset + length]
        if len(body) == length:
            found.setdefault(tag, _Value(kind, body))
    return found


def _in_big_endian(value: _Value, order: str) -> _Value:
    if value.kind == _ASCII or order == "big":
        return value
    words = (value.body[at : at + 4][::-1] for at in range(0, len(value.body), 4))
    return _Value(value.kind, b"".join(words))


def _text(directory: Mapping[int, _Value], tag: int) -> str:
    value = directory.get(tag)
    if not value or value.kind != _ASCII:
        return ""
    return value.body.split(b"\0")[0].decode("ascii", errors="replace").strip()


def _degrees(
    directory: Mapping[int, _Value], side: int, tag: int, sides: str, most: int
) -> float | None:
    """Degrees, minutes and seconds as a number; negative on the second of the sides."""
    value, letter = directory.get(tag), _text(directory, side).upper()
    if not value or value.kind != _RATIONAL or letter not in (*sides,):
        return None
    numbers = [number(value.body, at, 4) for at in range(0, len(value.body), 4)]
    parts = [*zip(numbers[::2], numbers[1::2], strict=True)]
    if len(parts) != 3 or any(below == 0 for _, below in parts):  # noqa: PLR2004 - degrees, minutes, seconds
        return None
    degrees, minutes, seconds = (above / below for above, below in parts)
    found = degrees + minutes / 60 + seconds / 3_600
    if max(minutes, seconds) >= 60 or found > most:  # noqa: PLR2004 - of a degree, of a minute
        return None
    return round(-found if letter == sides[1] else found, _DECIMALS)
