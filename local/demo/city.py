"""A scene of the sample photos: a city at night."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from wand.color import Color
from wand.drawing import Drawing

from local.demo.scenes import sky

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wand.image import Image


def city(width: int, height: int) -> Image:
    """Paint lit windows at night, above water."""
    rng = random.Random(7)  # noqa: S311 - the same image every time
    shore = round(height * 0.72)
    image = sky(width, shore, "#e08a5b", "#101a3a")
    with Drawing() as draw:
        draw.fill_color = Color("#f8edd2")
        moon = (width * 0.76, shore * 0.2)
        draw.circle(moon, (moon[0] + shore * 0.06, moon[1]))
        for row, colour in enumerate(("#3a3557", "#211f3a", "#11122a")):
            for left, top, right in _roofs(rng, width, shore, row):
                draw.fill_color = Color(colour)
                draw.rectangle(left=left, top=top, right=right, bottom=shore)
                _windows(draw, rng, (left, top, right, shore), row)
        draw(image)
    with image.clone() as water:
        water.flip()
        water.modulate(brightness=55, saturation=90)
        water.crop(0, 0, width=width, height=height - shore)
        image.extent(width, height)
        image.composite(water, 0, shore)
    return image


def _roofs(
    rng: random.Random, width: int, shore: int, row: int
) -> Iterator[tuple[float, float, float]]:
    """Yield left, top and right of each building of a row, the farthest row first."""
    left = -rng.uniform(0, 0.03) * width
    while left < width:
        right = left + rng.uniform(0.035, 0.08) * width
        high = rng.uniform(0.25, 0.62) - 0.13 * row
        yield left, shore * (1 - max(high, 0.08)), right
        left = right + rng.uniform(-0.01, 0.02) * width


def _windows(
    draw: Drawing, rng: random.Random, box: tuple[float, float, float, float], row: int
) -> None:
    left, top, right, bottom = box
    step = bottom / (90 - 14 * row)
    down = top + step
    while down < bottom - step:
        across = left + step * 0.8
        while across < right - step * 0.8:
            if rng.random() < 0.34:  # noqa: PLR2004 - share of the windows that are lit
                warm = rng.choice(("#ffd98a", "#ffc35c", "#fff0c9", "#9fc4ff"))
                draw.fill_color = Color(warm)
                draw.rectangle(
                    left=across,
                    top=down,
                    right=across + step * 0.42,
                    bottom=down + step * 0.55,
                )
            across += step
        down += step * 1.25
