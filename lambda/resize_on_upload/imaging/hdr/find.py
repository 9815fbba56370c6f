"""The gain map of an uploaded JPEG, found and checked without decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..headers import jpeg
from ..headers.base import BrokenHeaderError
from . import apple, iso_21496, mpf, xmp
from .dropped import Dropped, GainMapDroppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .parameters import Parameters

MAX_SCANS = 20
"""Encoders write about ten; each costs as much time as a decode."""

_MAX_DOCUMENTS = 4  # of XMP in one image: a photo has one

_JPEG = b"\xff\xd8\xff"
_EXIF = b"Exif\0\0"


@dataclass(frozen=True, slots=True)
class GainMap:
    """A gain map that was found.

    Attributes:
        blob: A JPEG.
        parameters: How to apply it.
        scans: In how many parts its pixels are stored.
        table: What to replace each of its 256 values by; None if they stay.
    """

    blob: bytes
    parameters: Parameters
    scans: int
    table: bytes | None = None


class _Head(NamedTuple):
    """What a JPEG has before its pixels.

    Attributes:
        xmp: The content of the first XMP segments.
        place: Start and end of the index of images.
        iso: The content of ISO 21496-1's segments.
    """

    xmp: list[bytes]
    place: tuple[int, int] | None
    iso: list[bytes]
    exif: bytes


def find(blob: bytes) -> GainMap | None:
    """The gain map; None if the file has none.

    Raises:
        GainMapDroppedError: it has one that is not kept.
    """
    try:
        head = _head(blob)
        places = _places(blob, head)
        found = [_gain_map(blob[start:end], head.exif) for start, end in places]
    except BrokenHeaderError as error:
        raise GainMapDroppedError(Dropped.BROKEN_INDEX) from error
    return next((one for one in found if one), None)


def _places(blob: bytes, head: _Head) -> list[tuple[int, int]]:
    """Start and end of each further image."""
    if head.place:
        found = mpf.read(blob, *head.place)
        if found and min(found)[0] < jpeg.end(blob):
            raise GainMapDroppedError(Dropped.BROKEN_INDEX)
        return found
    for body in head.xmp:
        if items := xmp.directory(body):
            return list(_listed(blob, items))
    return []


def _listed(blob: bytes, items: list[xmp.Item]) -> Iterator[tuple[int, int]]:
    """Of the images that XMP lists, which follow each other, the gain maps.

    Raises:
        GainMapDroppedError: one is not in the file.
    """
    at = jpeg.end(blob) + items[0].padding
    for item in items[1:]:
        if item.is_gain_map:
            if not 0 < item.length <= len(blob) - at:
                raise GainMapDroppedError(Dropped.BROKEN_INDEX)
            yield at, at + item.length
        at += item.length + item.padding


def _gain_map(blob: bytes, base_exif: bytes) -> GainMap | None:
    """The gain map, if this image is one."""
    if not blob.startswith(_JPEG):
        raise GainMapDroppedError(Dropped.NOT_A_JPEG)
    head = _head(blob)
    found = _understood(blob, head, base_exif)
    if found and _refers_to_others(blob, head):
        raise GainMapDroppedError(Dropped.CHAINED)
    if found and found.scans > MAX_SCANS:
        raise GainMapDroppedError(Dropped.TOO_MANY_SCANS)
    return found


def _refers_to_others(blob: bytes, head: _Head) -> bool:
    """Whether it has an index or a list of further images itself."""
    if head.place and mpf.read(blob, *head.place):
        return True
    return any(item.is_gain_map for body in head.xmp for item in xmp.directory(body))


def _understood(blob: bytes, head: _Head, base_exif: bytes) -> GainMap | None:
    """ISO's numbers take precedence, as in libultrahdr."""
    scans = jpeg.scans(blob, MAX_SCANS + 1)
    for data in head.iso:
        return GainMap(blob, iso_21496.read(data), scans)
    for body in head.xmp:
        if found := xmp.values(body, "hdrgm"):
            return GainMap(blob, xmp.read(found), scans)
        if xmp.values(body, "apdi").get("AuxiliaryImageType") == [apple.KIND]:
            found = xmp.values(body, "HDRGainMap")
            headroom = apple.headroom(found, base_exif)
            table = apple.table(headroom)
            return GainMap(blob, apple.parameters(headroom), scans, table)
    return None


def _head(blob: bytes) -> _Head:
    documents, place, iso, exif = [], None, [], b""
    for _, _, body, end in jpeg.header_segments(blob):
        if blob.startswith(xmp.NAME, body):
            documents.append(blob[body + len(xmp.NAME) : end])
        elif blob.startswith(mpf.NAME, body):
            place = place or (body + len(mpf.NAME), end)
        elif blob.startswith(iso_21496.NAME, body):
            iso.append(blob[body + len(iso_21496.NAME) : end])
        elif blob.startswith(_EXIF, body):
            exif = blob[body:end]
    return _Head(documents[:_MAX_DOCUMENTS], place, iso, exif)
