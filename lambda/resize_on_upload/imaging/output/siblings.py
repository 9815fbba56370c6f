"""Siblings: a size in a modern format, for the viewers that accept it.

A sibling holds its fallback instead, bytes and type, if its own format is no better:
not smaller, a still image of an animation, or limited to fewer pixels. So there
always is an object, and whoever asks for the sibling need not know.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..formats import output_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...sizes.size import Size
    from ..results import SourceInfo, Variant
    from .output import Output


def with_fallbacks(sizes: Iterable[Size]) -> tuple[Size, ...]:
    """The sizes, and those that siblings among them are compared with; each once."""
    listed = tuple(sizes)
    fallbacks = (size.fallback_size for size in listed)
    return tuple(dict.fromkeys((*listed, *fallbacks)))


def worth_encoding(
    outputs: Mapping[Size, Output], source: SourceInfo
) -> dict[Size, Output]:
    """The outputs without the siblings that their fallbacks are sure to replace.

    Args:
        outputs: Those of all sizes.
        source: What they are made from.
    """
    return {
        size: output
        for size, output in outputs.items()
        if not size.fallback
        or _may_be_better(output, outputs[size.fallback_size], source)
    }


def _may_be_better(sibling: Output, fallback: Output, source: SourceInfo) -> bool:
    max_side = sibling.format.max_side
    sides = sibling.size.dimensions(source.width, source.height)
    fits = not max_side or max_side >= max(sides)
    shows_all_frames = sibling.animated or not fallback.animated
    return fits and shows_all_frames and sibling.format is not fallback.format


def fallbacks_first(outputs: Iterable[Output]) -> list[Output]:
    """The outputs in the order of encoding: a sibling may have to be smaller."""
    return sorted(outputs, key=lambda output: bool(output.size.fallback))


def max_bytes(size: Size, fallback: Variant | None) -> int | None:
    """How many bytes a size's variant may have; None for any number.

    A sibling whose fallback lost quality gets fewer bytes than that, as its format then
    looks better. One whose fallback lost none need not lose any: it holds its fallback
    unless it is smaller.
    """
    if size.max_bytes is None or fallback is None:
        return size.max_bytes
    if fallback.quality is None and not fallback.exceeds_max_bytes:
        return None
    return min(size.max_bytes, len(fallback.body) - 1)


def chosen(size: Size, variants: Mapping[Size, Variant]) -> Variant:
    """A size's variant; a sibling's own if it is smaller than its fallback's."""
    fallback = variants[size.fallback_size]
    own = variants.get(size)
    if own and (own is fallback or len(own.body) < len(fallback.body)):
        return own
    return replace(fallback, size=size)


def content_types(size: Size, source: SourceInfo) -> set[str]:
    """The content types that a size's variant may have."""
    return {
        output_type(one.format, source.format, alpha=source.alpha)
        for one in (size, size.fallback_size)
    }
