"""A base and its gain map in one JPEG: Ultra HDR 1.1 and ISO 21496-1 at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..headers import jpeg
from . import iso_21496, mpf, xmp
from .dropped import Dropped, GainMapDroppedError

if TYPE_CHECKING:
    from .parameters import Parameters

_APP1, _APP2 = 0xE1, 0xE2
_OWN = (xmp.NAME, iso_21496.NAME, mpf.NAME)


def join(base: bytes, gain_map: bytes, parameters: Parameters) -> bytes:
    """One file of two JPEGs that have no metadata about gain maps yet."""
    gain_map = _with_segments(
        gain_map,
        jpeg.segment(_APP1, xmp.NAME + xmp.write(parameters)),
        jpeg.segment(_APP2, iso_21496.NAME + iso_21496.write(parameters)),
    )
    directory = jpeg.segment(_APP1, xmp.NAME + xmp.write_directory(len(gain_map)))
    version = jpeg.segment(_APP2, iso_21496.NAME + iso_21496.VERSION)
    own = directory + version
    length = len(base) + len(own) + 4 + mpf.LENGTH
    start = _after_exif(base) + len(own) + 4 + len(mpf.NAME)
    index = jpeg.segment(_APP2, mpf.write(length, start, len(gain_map)))
    return _with_segments(base, own, index) + gain_map


def split(blob: bytes) -> tuple[bytes, bytes, Parameters]:
    """What `join` made a file of; nonsense if it did not.

    Raises:
        GainMapDroppedError: there is no gain map in it.
    """
    ((start, end),) = _images(blob)
    gain_map = blob[start:end]
    (notation,) = _bodies(gain_map, iso_21496.NAME)
    parameters = iso_21496.read(notation)
    return _without_own(blob[:start]), _without_own(gain_map), parameters


def _images(blob: bytes) -> list[tuple[int, int]]:
    for _, _, body, end in jpeg.header_segments(blob):
        if blob.startswith(mpf.NAME, body):
            images = mpf.read(blob, body + len(mpf.NAME), end)
            if len(images) == 1:
                return images
    raise GainMapDroppedError(Dropped.BROKEN_INDEX)


def _bodies(blob: bytes, name: bytes) -> list[bytes]:
    """The contents of the segments of a name; exactly one.

    Raises:
        GainMapDroppedError: there are more, or none.
    """
    found = [
        blob[body + len(name) : end]
        for _, _, body, end in jpeg.header_segments(blob)
        if blob.startswith(name, body)
    ]
    if len(found) != 1:
        raise GainMapDroppedError(Dropped.UNKNOWN_METADATA)
    return found


def _with_segments(blob: bytes, *segments: bytes) -> bytes:
    at = _after_exif(blob)
    return b"".join((blob[:at], *segments, blob[at:]))


def _after_exif(blob: bytes) -> int:
    """Where JFIF's and EXIF's segments end, which come first."""
    at = 2
    for _, begin, body, end in jpeg.header_segments(blob):
        if begin != at or not blob.startswith((b"JFIF\0", b"Exif\0"), body):
            break
        at = end
    return at


def _without_own(blob: bytes) -> bytes:
    kept, at = [], 0
    for _, begin, body, end in jpeg.header_segments(blob):
        if blob.startswith(_OWN, body):
            kept.append(blob[at:begin])
            at = end
    return b"".join((*kept, blob[at:]))
