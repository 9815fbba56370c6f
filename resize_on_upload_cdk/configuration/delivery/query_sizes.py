"""Which size a URL with `?w=` and `?h=` stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resize_on_upload.sizes.size import Size

_NONE = (
    "context queryUrls: no size of config/sizes.json has a width or a height that a "
    'query could name; add one, such as "150x", or leave it out'
)


def dimensions(size: Size) -> str | None:
    """The width, `x` and the height, of which one may be missing; None without a box.

    `150x` is for `w=150` alone. A size that covers its box is for it if it is cropped.
    """
    geometry = size.geometry
    no_box = geometry.percent or geometry.area or geometry.only_enlarge
    if no_box or size.suffix or size.fallback or geometry.cover > size.crop:
        return None
    sides = (
        str(int(side)) if side else "" for side in (geometry.width, geometry.height)
    )
    return "x".join(sides)


def by_dimensions(sizes: Iterable[Size]) -> dict[str, list[Size]]:
    """The sizes for each pair; more than one are a mistake."""
    found: dict[str, list[Size]] = {}
    for size in sizes:
        if pair := dimensions(size):
            found.setdefault(pair, []).append(size)
    return found


def mistakes(sizes: Iterable[Size]) -> list[str]:
    """Pairs that are ambiguous, or that there are none."""
    found = by_dimensions(sizes)
    if not found:
        return [_NONE]
    return [
        f"config/sizes.json: {' and '.join(size.name for size in same)} are all for "
        f"{_query(pair)}, but with queryUrls only one size may be; remove the others, "
        "or leave queryUrls out"
        for pair, same in found.items()
        if len(same) > 1
    ]


def _query(pair: str) -> str:
    width, _, height = pair.partition("x")
    sides = {"w": width, "h": height}
    return "?" + "&".join(f"{name}={side}" for name, side in sides.items() if side)
