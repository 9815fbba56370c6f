"""JPEG's markers (ITU-T T.81, annex B; EXIF 2.32, 4.7)."""

from __future__ import annotations

import re

from . import exif
from .header import MOST_STEPS, BrokenHeaderError, Header, UnknownVariantError, number

_SOI, _EOI, _SOS, _APP0, _APP1, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xFE
_ALONE = {0x01, _SOI, *range(0xD0, 0xD8)}  # no length behind them
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_DECODED = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}  # Huffman and arithmetic, not lossless
_BITS = 8

# A marker is FF and a code; FF00 is a stuffed byte and D0-D7 restart the scan.
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)


def read(blob: bytes, most_frames: int) -> Header:  # noqa: ARG001 - one frame only
    """Everything up to the first frame header."""
    turned, credit, metadata, at = 1, b"", 0, 2
    for _ in range(MOST_STEPS):
        match = _MARKER.search(blob, at)
        if not match or match[1][0] in (_EOI, _SOS):
            break
        code, at = match[1][0], match.end()
        if code in _ALONE:
            continue
        length = number(blob, at, 2)
        body = blob[at + 2 : at + max(length, 2)]
        if code in _FRAMES:
            width, height = _frame(code, body)
            return Header(
                width, height, orientation=turned, metadata=metadata, credit=credit
            )
        if code == _APP1 and body.startswith(b"Exif\0\0"):
            turned, credit = exif.orientation(body), exif.credit(body)
        if code == _COM or _APP0 < code <= _APP0 + 15:
            metadata += length
        at += max(length, 2)
    msg = "it has no frame header"
    raise BrokenHeaderError(msg)


def is_whole(blob: bytes) -> bool:
    """Whether the picture's own end marker is there, not that of a thumbnail."""
    at = 2
    while match := _MARKER.search(blob, at):
        code, at = match[1][0], match.end()
        if code == _EOI:
            return True
        if code not in _ALONE:
            at += max(int.from_bytes(blob[at : at + 2], "big"), 2)
    return False


def _frame(code: int, body: bytes) -> tuple[int, int]:
    depth, height, width = number(body, 0, 1), number(body, 1, 2), number(body, 3, 2)
    if code not in _DECODED or depth != _BITS:
        msg = f"a JPEG of {depth} bits, frame type {code - 0xC0}, is not decoded here"
        raise UnknownVariantError(msg)
    return width, height
