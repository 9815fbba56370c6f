"""Which sizes of an upload are animations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import TooManyFrames
from ..formats import GIF, WEBP, output_type

if TYPE_CHECKING:
    from ...sizes.size import Size
    from ..probe import Limits
    from ..results import SourceInfo

_ANIMATED = (GIF, WEBP)
_FORMATS = tuple(fmt.name for fmt in _ANIMATED)
_TYPES = {fmt.content_type for fmt in _ANIMATED}


def is_made(size: Size, source: SourceInfo, content_type: str, limits: Limits) -> bool:
    """Whether a size of this source becomes an animation.

    Raises:
        TooManyFrames: it would exceed the limits, and the size allows no still image.
    """
    if not is_requested(size, source, content_type):
        return False
    if is_within_limits(source, limits):
        return True
    if size.animation == "keep-or-first":
        return False
    msg = (
        f"the {source.format} has at least {source.frames} frames of "
        f"{source.width}x{source.height} pixels; at most {limits.frames} frames and "
        f"{limits.pixels} pixels in all of them are kept. "
        '"animation": "keep-or-first" takes the first'
    )
    raise TooManyFrames(msg)


def is_requested(size: Size, source: SourceInfo, content_type: str) -> bool:
    """Whether a size is to be an animation if the limits allow it.

    A sibling never moves if its fallback is a still image.

    Args:
        size: One of the source's sizes.
        source: Its pages are frames only in a format that can be animated.
        content_type: The content type the size is written as.
    """
    is_animated = source.frames > 1 and source.format in _FORMATS
    types = {content_type}
    if size.fallback:
        types.add(output_type(size.fallback, source.format, alpha=source.alpha))
    return is_animated and types <= _TYPES and size.animation != "first"


def is_within_limits(source: SourceInfo, limits: Limits) -> bool:
    """Whether an animation is short enough to be kept."""
    pixels = source.frames * source.width * source.height
    return source.frames <= limits.frames and pixels <= limits.pixels
