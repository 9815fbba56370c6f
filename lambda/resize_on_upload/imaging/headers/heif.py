"""HEIC's and AVIF's boxes (ISO/IEC 14496-12 and 23008-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import BrokenHeaderError, Header, PartBudget, number

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTAINERS = {b"iprp", b"ipco"}
_MAX_DEPTH = 5


def read(blob: bytes, max_frames: int) -> Header:  # noqa: ARG001 - the primary item
    """Read the largest image described: the size of a grid, not of its tiles.

    The decoder applies rotation and mirroring itself, so EXIF is not read.
    """
    sizes, depth = [], 8
    for name, body in _boxes(blob, (0, len(blob)), _MAX_DEPTH, PartBudget()):
        if name == b"ispe":
            sizes.append((number(blob, body + 4, 4), number(blob, body + 8, 4)))
        elif name == b"pixi" and number(blob, body + 4, 1):
            depth = max(depth, number(blob, body + 5, 1))
    if not sizes:
        msg = "it describes no image"
        raise BrokenHeaderError(msg)
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Header(width, height, depth=depth)


def _boxes(
    blob: bytes, place: tuple[int, int], depth: int, budget: PartBudget
) -> Iterator[tuple[bytes, int]]:
    """Name and content offset of each box, including those inside containers."""
    at, end = place
    while at + 8 <= end:
        budget.take()
        size, name, body = number(blob, at, 4), blob[at + 4 : at + 8], at + 8
        if size == 1:
            size, body = number(blob, at + 8, 8), at + 16
        stop = min(at + size, end) if size else end
        if stop < body:
            return
        yield name, body
        if depth and (name == b"meta" or name in _CONTAINERS):
            inner = body + 4 if name == b"meta" else body
            yield from _boxes(blob, (inner, stop), depth - 1, budget)
        at = stop
