"""Gain maps of iPhones, in numbers of ISO 21496-1.

Apple's map has the gain itself, from 1 to the headroom, by the curve of Rec. 709; the
others have its logarithm. Their values can be converted one by one.

https://developer.apple.com/documentation/appkit/applying-apple-hdr-effect-to-your-photos
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from ..headers.base import BrokenHeaderError, number
from ..headers.exif import byte_order, entries
from . import xmp
from .parameters import ONE, Channel, Parameters, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KIND = "urn:com:apple:photo:2020:aux:hdrgainmap"

_MAKER_NOTE, _EXIF_DIRECTORY = 0x927C, 0x8769
_NAME = b"Apple iOS\0"
_DIRECTORY_AT = 14
_SIGNED_FRACTION = 10
_HEADROOM, _GAIN = 33, 48


def headroom(found: Mapping[str, Sequence[str]], exif: bytes) -> float:
    """How many times brighter than white the map can make a pixel.

    Args:
        found: The values of `HDRGainMap` in the map's XMP.
        exif: The base's, for older iPhones.

    Raises:
        GainMapDroppedError: it is not there, or not plausible.
    """
    if texts := found.get("HDRGainMapHeadroom"):
        value = xmp.number(texts[0]) / ONE
    else:
        try:
            value = 2 ** _stops(dict(_maker_note(exif.removeprefix(b"Exif\0\0"))))
        except BrokenHeaderError:
            unknown()
    return value if 1 < value <= 1_000 else unknown()  # noqa: PLR2004 - ten stops


def parameters(headroom: float) -> Parameters:
    """The numbers for a map whose values were converted by `table`."""
    stops = round(math.log2(headroom) * ONE)
    return Parameters((Channel(0, stops, ONE, 0, 0),), 0, stops).checked()


def table(headroom: float) -> bytes:
    """Each of the 256 values of Apple's map, converted."""
    gains = (1 + (headroom - 1) * _linear(value / 255) for value in range(256))
    return bytes(round(255 * math.log(gain, headroom)) for gain in gains)


def _linear(value: float) -> float:
    """Rec. 709's curve, inverted."""
    return value / 4.5 if value < 0.081 else ((value + 0.099) / 1.099) ** (1 / 0.45)  # noqa: PLR2004 - BT.709, item 1.2


def _stops(fields: Mapping[int, float]) -> float:
    """Apple's formula."""
    if not {_HEADROOM, _GAIN} <= set(fields):
        unknown()
    is_low, gain = fields[_HEADROOM] < 1, fields[_GAIN]
    if gain <= 0.01:  # noqa: PLR2004 - Apple's
        stops = -20 * gain + 1.8 if is_low else -70 * gain + 3.0
    else:
        stops = -0.101 * gain + 1.601 if is_low else -0.303 * gain + 2.303
    return min(max(stops, 0), 100)


def _maker_note(exif: bytes) -> Iterator[tuple[int, float]]:
    """Tag and value of each signed fraction in Apple's part of EXIF."""
    order = byte_order(exif)
    (directory,) = _values(exif, number(exif, 4, 4, order), _EXIF_DIRECTORY, order)
    (start,) = _values(exif, directory, _MAKER_NOTE, order)
    note = exif[start:]
    if not note.startswith(_NAME):
        unknown()
    for tag, kind, start in entries(note, _DIRECTORY_AT, "big"):
        if kind == _SIGNED_FRACTION:
            place = number(note, start + 8, 4)
            data = note[place : place + 8].ljust(8, b"\0")
            numerator, denominator = struct.unpack(">ii", data)
            yield tag, numerator / denominator if denominator else unknown()


def _values(block: bytes, at: int, wanted: int, order: str) -> list[int]:
    """The value of one entry.

    Raises:
        GainMapDroppedError: it is not there.
    """
    found = [
        number(block, start + 8, 4, order)
        for tag, _, start in entries(block, at, order)
        if tag == wanted
    ]
    return found[:1] or unknown()
