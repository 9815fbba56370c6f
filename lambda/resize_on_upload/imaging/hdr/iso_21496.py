"""A gain map's numbers in the binary notation of ISO 21496-1, annex C."""

from __future__ import annotations

import struct

from .dropped import Dropped, GainMapDroppedError
from .parameters import ONE, Channel, Parameters, unknown

NAME = b"urn:iso:std:iso:ts:21496:-1\0"
VERSION = bytes(4)
"""Minimum and writer's version: all that a base image has of it."""

_THREE_CHANNELS, _IN_BASE_COLOURS = 0x80, 0x40
_BASE_IS_HDR, _ONE_DENOMINATOR = 0x04, 0x08  # libultrahdr's additions


def write(parameters: Parameters) -> bytes:
    """The numbers, each as a fraction of a million."""
    three = len(parameters.channels) > 1
    flags = _IN_BASE_COLOURS | (_THREE_CHANNELS if three else 0)
    numbers = [parameters.base_headroom, parameters.alternate_headroom]
    for each in parameters.channels:
        numbers += (each.minimum, each.maximum, each.gamma)
        numbers += (each.base_offset, each.alternate_offset)
    fractions = (struct.pack(">iI", number, ONE) for number in numbers)
    return VERSION + bytes([flags]) + b"".join(fractions)


def read(data: bytes) -> Parameters:
    """Read the numbers, and check them.

    Raises:
        GainMapDroppedError: they cannot be used.
    """
    if len(data) <= len(VERSION) or data[:2] != VERSION[:2]:
        unknown()
    flags = data[len(VERSION)]
    if flags & _BASE_IS_HDR:
        raise GainMapDroppedError(Dropped.BASE_IS_HDR)
    three = bool(flags & _THREE_CHANNELS)
    if three and not flags & _IN_BASE_COLOURS:
        raise GainMapDroppedError(Dropped.OTHER_COLORS)
    count = 2 + 5 * (3 if three else 1)
    low, high, *rest = _numbers(data[len(VERSION) + 1 :], flags, count)
    channels = (Channel(*rest[at : at + 5]) for at in range(0, len(rest), 5))
    return Parameters(tuple(channels), low, high).checked()


def _numbers(data: bytes, flags: int, count: int) -> list[int]:
    """The fractions, in millionths."""
    shared = bool(flags & _ONE_DENOMINATOR)
    layout = f">I{count}i" if shared else ">" + count * "iI"
    if len(data) < struct.calcsize(layout):
        unknown()
    values = struct.unpack_from(layout, data)
    if shared:
        denominators, numerators = values[:1] * count, values[1:]
    else:
        denominators, numerators = values[1::2], values[::2]
    if 0 in denominators:
        unknown()
    pairs = zip(numerators, denominators, strict=True)
    return [round(ONE * numerator / denominator) for numerator, denominator in pairs]
