"""JPEG XL files with any header, made by code from two small images."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

from tests.support.heif import box

if TYPE_CHECKING:
    from collections.abc import Sequence

QUARTERS = base64.b64decode(
    """
    /woJDogECAQBAKAASxiTjoODKcyI+XnXXiAIgO/vlwNTyXx8n/1se0mvWc9NM7oYocdfHQ==
    """
)
"""The four quarters, 64 pixels wide and 40 high, by cjxl."""

BOMB = zlib.decompress(
    base64.b64decode(
        """
    eNr7z7XrFqNjoTIHG6PGwhkTTgvKMDH8OcAPQXdgjD8HeIkXvANDRxgYOlUCdSI8mBgGGCh5inCL+SRp
    /5N3WcKQcEW2qZE4uCi+476nIvOodmpot2NjWCsyGmSjETaqfTTCRrWPRthohI1qH6QRNqqNWtreMDSI
    cRPUAAAmrkYY
        """
    )
)
"""49 megapixels of the same grey in 3 kB, by cjxl."""

SIGNATURE = b"\xff\x0a"
ALPHA, DEPTH, SPOT_COLOR, BLACK, CFA = 0, 1, 2, 4, 5
_FRAMES = QUARTERS[6:]
_START = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")


class _Bits:
    """Numbers, the lowest bit first."""

    def __init__(self) -> None:
        self._value = self._length = 0

    def add(self, value: int, bits: int) -> None:
        self._value |= value << self._length
        self._length += bits

    def finish(self) -> bytes:
        return self._value.to_bytes((self._length + 7) // 8, "little")


def file(
    size: tuple[int, int] = (64, 40),
    *,
    orientation: int = 1,
    also: tuple[str, ...] = (),
    channels: Sequence[int] = (),
    name: bytes = b"",
) -> bytes:
    """A codestream whose header says this; its frames are those of the quarters.

    Args:
        size: Width and height.
        orientation: As in EXIF.
        also: Whether it says that there is a "preview", or that it is an "animation".
        channels: The kinds of its further channels.
        name: Of each of them; of 48 bytes or more.
    """
    bits = _Bits()
    _add_size(bits, *size)
    bits.add(0, 1)  # not all values are the usual ones
    has_more = orientation > 1 or bool(also)
    bits.add(has_more, 1)
    if has_more:
        _add_more(bits, orientation, also)
    bits.add(0, 3)  # eight bits
    bits.add(1, 1)
    bits.add(3 if channels else 0, 2)
    if channels:
        bits.add(len(channels) - 1, 12)
    for kind in channels:
        _add_channel(bits, kind, name)
    bits.add(2, 2)  # no XYB, but sRGB
    if has_more:
        bits.add(1, 1)
    bits.add(0, 2)
    bits.add(1, 1)
    return SIGNATURE + bits.finish() + _FRAMES


def in_boxes(
    codestream: bytes, *, parts: int = 0, ends_the_file: bool = False
) -> bytes:
    """The file with boxes around it, and one of EXIF.

    Args:
        codestream: The file.
        parts: Into how many boxes it is divided, each with a number.
        ends_the_file: Whether the box does not say how long it is.
    """
    exif = box(b"Exif", bytes(4) + b"MM\0*\0\0\0\x08\0\0")
    if ends_the_file:
        return _START + exif + bytes(4) + b"jxlc" + codestream
    if not parts:
        return _START + exif + box(b"jxlc", codestream) + exif
    length = -(-len(codestream) // parts)
    boxes = [
        box(b"jxlp", struct.pack(">I", number), codestream[at : at + length])
        for number, at in enumerate(range(0, len(codestream), length))
    ]
    return _START + exif.join(boxes)


def _add_size(bits: _Bits, width: int, height: int) -> None:
    bits.add(0, 1)  # not a multiple of eight
    bits.add(3, 2)
    bits.add(height - 1, 30)
    bits.add(0, 3)  # no ratio
    bits.add(3, 2)
    bits.add(width - 1, 30)


def _add_more(bits: _Bits, orientation: int, also: tuple[str, ...]) -> None:
    bits.add(orientation - 1, 3)
    bits.add(0, 1)
    bits.add("preview" in also, 1)
    if "preview" in also:
        bits.add(1, 1)
        bits.add(2, 2)  # 1 + 5 bits, times eight
        bits.add(4, 5)
        bits.add(1, 3)  # a square
    bits.add("animation" in also, 1)
    if "animation" in also:
        bits.add(0, 6)  # 100 ticks per second, forever
        bits.add(0, 1)


def _add_channel(bits: _Bits, kind: int, name: bytes) -> None:
    bits.add(0, 1)
    if kind < 2:
        bits.add(kind, 2)
    else:
        bits.add(2, 2)
        bits.add(kind - 2, 4)
    bits.add(0, 5)  # eight bits, as large as the image
    bits.add(3 if name else 0, 2)
    if name:
        bits.add(len(name) - 48, 10)
    bits.add(int.from_bytes(name, "little"), 8 * len(name))
    if kind == ALPHA:
        bits.add(0, 1)
    if kind == SPOT_COLOR:
        bits.add(0, 64)
    if kind == CFA:
        bits.add(0, 2)
