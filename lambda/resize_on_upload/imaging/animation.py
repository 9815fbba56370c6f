"""Which sizes of an upload are animations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .formats import GIF, WEBP

if TYPE_CHECKING:
    from ..sizes.size import Size
    from .probe import Limits
    from .results import SourceInfo

_ANIMATED = (GIF, WEBP)
_FORMATS = tuple(fmt.name for fmt in _ANIMATED)
_TYPES = tuple(fmt.content_type for fmt in _ANIMATED)


def is_requested(size: Size, source: SourceInfo, content_type: str | None) -> bool:
    """Whether a size is to be an animation, were it not too long.

    Args:
        size: One of the source's sizes.
        source: Its pages are frames only in a format that moves.
        content_type: What the size is written as; None where that is no such format.
    """
    is_animated = source.frames > 1 and source.format in _FORMATS
    return is_animated and content_type in _TYPES and size.animation != "first"


def is_within_limits(source: SourceInfo, limits: Limits) -> bool:
    """Whether an animation is short enough to stay one."""
    pixels = source.frames * source.width * source.height
    return source.frames <= limits.frames and pixels <= limits.pixels
