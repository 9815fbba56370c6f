"""JPEG XL: the codestream, alone or in boxes, and its header (ISO/IEC 18181-1 and -2).

The decoder gets the bare codestream: EXIF, XMP and a JPEG's leftovers are not needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import BrokenHeaderError, Header, PartBudget, UnknownVariantError
from ..exif import displayed_size
from .bits import Bits
from .boxes import boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODESTREAM = b"\xff\x0a"
_HEADER_BYTES = 65_536
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_WHOLE, _PART = b"jxlc", b"jxlp"
_ALPHA, _SPOT_COLOR, _BLACK, _CFA = 0, 2, 4, 5
_CHANNELS_OF_AN_IMAGE = 4


def read(blob: bytes, max_frames: int) -> Header:  # noqa: ARG001 - the first only
    """Read the size of the image as displayed: the decoder turns it upright itself.

    An animation counts as its first frame: no more of it is decoded.
    """
    head = b"".join(_parts(blob, _HEADER_BYTES))[:_HEADER_BYTES]
    if not head.startswith(_CODESTREAM):
        msg = "its codestream has no signature"
        raise BrokenHeaderError(msg)
    bits = Bits(head[len(_CODESTREAM) :])
    stored = _size(bits)
    orientation, depth, channels = _metadata(bits)
    if _BLACK in channels:
        msg = "a JPEG XL in CMYK is not decoded here: save it in RGB"
        raise UnknownVariantError(msg)
    width, height = displayed_size(stored, orientation)
    images = 1 + len(channels) // _CHANNELS_OF_AN_IMAGE
    return Header(width, height, depth=depth, decoded_pixels=images * width * height)


def codestream(blob: bytes) -> bytes:
    """The codestream, without boxes around it."""
    if blob.startswith(_CODESTREAM):
        return blob
    return b"".join(_parts(blob, len(blob)))


def _parts(blob: bytes, most: int) -> Iterator[bytes]:
    """The parts of the codestream, until they have `most` bytes.

    Raises:
        BrokenHeaderError: there is no codestream.
    """
    if blob.startswith(_CODESTREAM):
        yield blob[:most]
        return
    length = 0
    for box in boxes(blob, 0, len(blob), PartBudget()):
        if box.name in (_WHOLE, _PART):
            start = box.start + 4 * (box.name == _PART)  # the number of the part
            part = blob[start : min(box.end, start + most)]
            length += len(part)
            yield part
        if box.name == _WHOLE or length >= most:
            break
    if not length:
        msg = "it has no codestream"
        raise BrokenHeaderError(msg)


def _size(bits: Bits) -> tuple[int, int]:
    small = bits.flag()
    height = _side(bits, small=small)
    ratio = bits.number(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return _side(bits, small=small), height


def _side(bits: Bits, *, small: bool) -> int:
    if small:
        return 8 * (1 + bits.number(5))
    return bits.choice((1, 9), (1, 13), (1, 18), (1, 30))


def _metadata(bits: Bits) -> tuple[int, int, list[int]]:
    """The orientation, bits per channel, and the kinds of further channels."""
    if bits.flag():  # all values are the usual ones
        return 1, 8, []
    orientation = _extra_fields(bits) if bits.flag() else 1
    depth = _depth(bits)
    bits.flag()  # whether 16 bits are enough
    count = bits.choice((0, 0), (1, 0), (2, 4), (1, 12))
    return orientation, depth, [_channel(bits) for _ in range(count)]


def _extra_fields(bits: Bits) -> int:
    orientation = 1 + bits.number(3)
    if bits.flag():  # a size to be shown at
        _size(bits)
    if bits.flag():
        _skip_preview(bits)
    if bits.flag():
        _skip_animation(bits)
    return orientation


def _skip_preview(bits: Bits) -> None:
    choices = (
        ((16, 0), (32, 0), (1, 5), (33, 9))
        if bits.flag()
        else ((1, 6), (65, 8), (321, 10), (1345, 12))
    )
    bits.choice(*choices)
    if not bits.number(3):
        bits.choice(*choices)


def _skip_animation(bits: Bits) -> None:
    bits.choice((100, 0), (1_000, 0), (1, 10), (1, 30))  # ticks per
    bits.choice((1, 0), (1_001, 0), (1, 8), (1, 10))  # second
    bits.choice((0, 0), (0, 3), (0, 16), (0, 32))  # loops
    bits.flag()  # whether frames have time codes


def _depth(bits: Bits) -> int:
    if not bits.flag():
        return bits.choice((8, 0), (10, 0), (12, 0), (1, 6))
    depth = bits.choice((32, 0), (16, 0), (24, 0), (1, 6))
    bits.number(4)  # bits of the exponent
    return depth


def _channel(bits: Bits) -> int:
    if bits.flag():  # alpha of eight bits, without a name
        return _ALPHA
    kind = bits.choice((0, 0), (1, 0), (2, 4), (18, 6))
    _depth(bits)
    bits.choice((0, 0), (3, 0), (4, 0), (1, 3))  # how much smaller it is
    bits.skip(8 * bits.choice((0, 0), (0, 4), (16, 5), (48, 10)))  # its name
    if kind == _ALPHA:
        bits.flag()  # whether it multiplies colours
    elif kind == _SPOT_COLOR:
        bits.skip(4 * 16)
    elif kind == _CFA:
        bits.choice((1, 0), (0, 2), (3, 4), (19, 8))
    return kind
