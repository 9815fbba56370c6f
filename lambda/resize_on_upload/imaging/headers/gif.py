"""GIF's blocks (https://www.w3.org/Graphics/GIF/spec-gif89a.txt)."""

from __future__ import annotations

from .base import MAX_BLOCKS, BrokenHeaderError, Header, PartBudget, number

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_LOOPS = b"NETSCAPE2.0"


def read(blob: bytes, max_frames: int) -> Header:
    """Read the canvas, extended by frames outside it, and count the frames."""
    width, height = number(blob, 6, 2, "little"), number(blob, 8, 2, "little")
    frames, metadata, budget = 0, 0, PartBudget(MAX_BLOCKS)
    at = 13 + _palette(number(blob, 10, 1))
    while at < len(blob) and frames <= max_frames:
        budget.take()
        kind = blob[at]
        if kind == _TRAILER:
            break
        if kind == _IMAGE:
            width = max(width, _extent(blob, at + 1, at + 5))
            height = max(height, _extent(blob, at + 3, at + 7))
            frames += 1
            at = _skip(blob, at + 11 + _palette(number(blob, at + 9, 1)), budget)
        elif kind == _EXTENSION:
            end = _skip(blob, at + 2, budget)
            metadata += _metadata_bytes(blob, at, end)
            at = end
        else:
            at += 1  # decoders skip unknown bytes one at a time
    if not frames:
        msg = "it has no image"
        raise BrokenHeaderError(msg)
    return Header(width, height, frames=frames, metadata=metadata)


def _extent(blob: bytes, offset: int, size: int) -> int:
    return number(blob, offset, 2, "little") + number(blob, size, 2, "little")


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _metadata_bytes(blob: bytes, at: int, end: int) -> int:
    """Bytes of an extension, unless it is the timing or the number of loops."""
    kind = number(blob, at + 1, 1)
    if kind == _COMMENT:
        return end - at
    is_loops = blob[at + 3 : at + 14] == _LOOPS
    return end - at if kind == _APPLICATION and not is_loops else 0


def _skip(blob: bytes, at: int, budget: PartBudget) -> int:
    """The offset after a chain of data sub-blocks."""
    while at < len(blob) and blob[at]:
        budget.take()
        at += blob[at] + 1
    return at + 1
