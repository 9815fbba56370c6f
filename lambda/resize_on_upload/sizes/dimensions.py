"""A geometry applied to an image: pixels in, pixels out.

The rules and the rounding are those of `ParseMetaGeometry` in ImageMagick's
MagickCore/geometry.c.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .geometry import Geometry

# MagickCore/magick-type.h: what ImageMagick adds under its square root.
_SQRT_EPSILON = math.sqrt(1.0e-12)


def dimensions(width: int, height: int, geometry: Geometry) -> tuple[int, int]:
    """Width and height to which an image of `width` x `height` pixels is resized."""
    if geometry.percent:
        size = _scaled_by_percent(width, height, geometry)
        return _limited(size, (width, height), geometry)
    if geometry.area is not None:
        size = _limited((geometry.area, geometry.area), (width, height), geometry)
        return _within_area(size, (width, height), geometry.area)
    if geometry.exact:
        size = int(geometry.width or width), int(geometry.height or height)
    else:
        size = _in_proportion(width, height, geometry)
    return _limited(size, (width, height), geometry)


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)


def _scaled_by_percent(width: int, height: int, geometry: Geometry) -> tuple[int, int]:
    across, down = geometry.width or 100.0, geometry.height or 100.0
    return (
        max(_rounded(across * width / 100.0), 1),
        max(_rounded(down * height / 100.0), 1),
    )


def _in_proportion(width: int, height: int, geometry: Geometry) -> tuple[int, int]:
    scale = _scale(width, height, geometry)
    return max(_rounded(scale * width), 1), max(_rounded(scale * height), 1)


def _scale(width: int, height: int, geometry: Geometry) -> float:
    match geometry.width, geometry.height:
        case float(across), float(down):
            pick = max if geometry.cover else min
            return pick(across / width, down / height)
        case float(side), None:
            scales = side / width, side / height
        case None, float(side):
            scales = side / height, side / width
        case _:  # pragma: no cover - parse accepts no such geometry
            raise AssertionError(geometry)
    # ImageMagick reads `150x^` as "no side below 150".
    return max(scales) if geometry.cover else scales[0]


def _limited(
    size: tuple[int, int], source: tuple[int, int], geometry: Geometry
) -> tuple[int, int]:
    if geometry.only_shrink:
        return min(size[0], source[0]), min(size[1], source[1])
    if geometry.only_enlarge:
        return max(size[0], source[0]), max(size[1], source[1])
    return size


def _within_area(
    size: tuple[int, int], source: tuple[int, int], area: int
) -> tuple[int, int]:
    width, height = source
    shrink = math.sqrt(width * height) / math.sqrt(area + _SQRT_EPSILON)
    across, down = width / shrink, height / shrink
    if across < size[0] or down < size[1]:
        return max(int(across), 1), max(int(down), 1)
    return size
