"""Find the part of an image that people look at, for crops with the gravity "auto".

Details attract: where neighbouring pixels differ, more so in the colour of skin and in
colours that are rare in the image. Of all places for a crop, the one with the most
detail around its centre is chosen; the middle of the image has an advantage.

Integers only: every processor finds the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

SIDE = 48
"""Pixels of the longer side of the image that is looked at."""

_PLACES = 48
"""Distances at which a crop is tried, along a side."""

_CENTERS = (50, 42)
"""Where most subjects are, in percent from the left and the top."""

_RED, _GREEN = 436, 318
"""The shares of red and green in the colour of skin, light or dark; in 1,000."""

_SKIN_RANGE = 110
_SKIN_LEVELS = range(100, 700)
"""The sum of a pixel's channels; with less or more, its colour is not known."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Attention:
    """How much attracts attention, as sums over columns and rows of pixels.

    Attributes:
        columns: From left to right.
        rows: From top to bottom.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]

    def crop_at(self, image: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
        """Left and top of the best crop of a box.

        Args:
            image: Width and height of the same image in any size.
            box: Width and height of the crop, neither larger than the image's.
        """
        return (
            _best_start(self.columns, image[0], box[0], _CENTERS[0]),
            _best_start(self.rows, image[1], box[1], _CENTERS[1]),
        )


def find(pixels: bytes, channels: int, width: int) -> Attention:
    """Look at an image.

    Args:
        pixels: Those of a small image, row by row.
        channels: 3 for RGB, 4 for RGBA.
        width: In pixels.
    """
    red, green, blue = (pixels[channel::channels] for channel in range(3))
    if channels == len("RGBA"):
        alpha = pixels[3::channels]
        red, green, blue = (_on_grey(one, alpha) for one in (red, green, blue))
    details = _details(_luma(red, green, blue), width)
    attracts = _attracts(red, green, blue)
    # One more each: an image without details is cropped around its centre.
    found = [1 + one * other for one, other in zip(details, attracts, strict=True)]
    rows = [found[at : at + width] for at in range(0, len(found), width)]
    return Attention(tuple(map(sum, zip(*rows, strict=True))), tuple(map(sum, rows)))


def _on_grey(channel: bytes, alpha: bytes) -> bytes:
    """Transparency as a colour from which both black and white logos differ."""
    pairs = zip(channel, alpha, strict=True)
    return bytes(
        (value * opacity + 128 * (255 - opacity)) // 255 for value, opacity in pairs
    )


def _luma(red: bytes, green: bytes, blue: bytes) -> list[int]:
    channels = zip(red, green, blue, strict=True)
    return [(77 * r + 150 * g + 29 * b) >> 8 for r, g, b in channels]


def _details(luma: list[int], width: int) -> list[int]:
    """How much each pixel differs from the mean of its four neighbours, times four."""
    rows = [luma[at : at + width] for at in range(0, len(luma), width)]
    found: list[int] = []
    for above, row, below in zip(_before(rows), rows, _after(rows), strict=True):
        around = zip(row, above, below, _before(row), _after(row), strict=True)
        found += [abs(4 * one - a - b - c - d) for one, a, b, c, d in around]
    return found


def _before(items: list[_Item]) -> list[_Item]:
    """What comes before each item; before the first, that itself."""
    return items[:1] + items[:-1]


def _after(items: list[_Item]) -> list[_Item]:
    return items[1:] + items[-1:]


def _attracts(red: bytes, green: bytes, blue: bytes) -> list[int]:
    """How much a detail counts in each pixel's colour: 40 in a plain one."""
    from_green = [r - g for r, g in zip(red, green, strict=True)]
    from_blue = [r + g - 2 * b for r, g, b in zip(red, green, blue, strict=True)]
    usual = sum(from_green) // len(red), sum(from_blue) // len(red)
    return [
        40 + abs(one - usual[0]) + abs(other - usual[1]) // 4 + 3 * _skin(r, g, b) // 4
        for one, other, r, g, b in zip(
            from_green, from_blue, red, green, blue, strict=True
        )
    ]


def _skin(red: int, green: int, blue: int) -> int:
    """How near a colour is to that of skin, up to _SKIN_RANGE."""
    total = red + green + blue
    if total not in _SKIN_LEVELS:
        return 0
    away = abs(1_000 * red // total - _RED) + abs(1_000 * green // total - _GREEN)
    return max(_SKIN_RANGE - away, 0)


@lru_cache(maxsize=256)  # each frame of an animation is cropped alike
def _best_start(profile: tuple[int, ...], whole: int, part: int, center: int) -> int:
    """The first pixel of the best crop; of equal ones, that which comes first."""
    free = whole - part
    if not free:
        return 0
    starts = sorted({place * free // _PLACES for place in range(_PLACES + 1)})
    return max(starts, key=lambda start: _value(profile, whole, part, start, center))


def _value(
    profile: tuple[int, ...], whole: int, part: int, start: int, center: int
) -> int:
    """How good a crop is: what it shows, less the distance from the usual centre.

    Lengths are in units in which the middle of each cell of the profile, and of the
    crop, are whole numbers. What is shown counts by 1 - distance² from that middle.
    """
    cells, radius = len(profile), part * len(profile)
    middle = (2 * start + part) * cells
    shown = sum(
        sums * (radius * radius - distance * distance)
        for cell, sums in enumerate(profile)
        if abs(distance := (2 * cell + 1) * whole - middle) < radius
    )
    off_center = abs(100 * (2 * start + part) - 2 * center * whole)
    return 400 * whole * shown - sum(profile) * radius * radius * off_center
