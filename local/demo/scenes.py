"""Scenes that the sample photos show: mountains, a lake, balloons, a sunflower."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import TYPE_CHECKING

from wand.color import Color
from wand.drawing import Drawing
from wand.image import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Point = tuple[float, float]

_RIDGES = ("#8fa7c4", "#6d88ab", "#4a6a8c", "#2f4f63", "#1c3640")
_DUSK_RIDGES = ("#5b4a73", "#43365f", "#2a2346")
_HILLS = ("#a9b98a", "#7f9a63", "#55774a")
_BALLOONS = (
    (0.44, 0.44, 0.27, ("#c8352c", "#f3e3c3")),
    (0.80, 0.21, 0.12, ("#1f6f8b", "#f0b84a")),
    (0.14, 0.14, 0.07, ("#5d3a7a", "#e9d8f0")),
)
"""Each one's centre and radius, in fractions of the width, and its colours."""

_PETALS = ("#b86a04", "#f2b705")
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def mountains(width: int, height: int, *, seed: int) -> Image:
    """Paint ridges in front of a low sun."""
    rng = random.Random(seed)  # noqa: S311 - the same image every time
    image = sky(width, height, "#f7b267", "#35618f")
    with Drawing() as draw:
        draw.fill_color = Color("#fff3d6")
        at = (width * rng.uniform(0.2, 0.8), height * 0.36)
        draw.circle(at, (at[0] + min(width, height) * 0.07, at[1]))
        for layer, colour in enumerate(_RIDGES):
            draw.fill_color = Color(colour)
            top = height * (0.42 + 0.11 * layer)
            draw.polygon(_ridge(rng, width, height, top, height * 0.2))
        draw(image)
    return _with_grain(image)


def lake(width: int, height: int) -> Image:
    """Paint hills at dusk, and their reflection in still water."""
    rng = random.Random(9)  # noqa: S311 - the same image every time
    shore = round(height * 0.58)
    image = sky(width, shore, "#f6a57a", "#3b2f63")
    with Drawing() as draw:
        for layer, colour in enumerate(_DUSK_RIDGES):
            draw.fill_color = Color(colour)
            top = shore * (0.62 + 0.13 * layer)
            draw.polygon(_ridge(rng, width, shore, top, shore * 0.18))
        draw(image)
    with image.clone() as water:
        water.flip()
        water.modulate(brightness=72, saturation=85)
        image.extent(width, height)
        image.composite(water, 0, shore)
    with Drawing() as draw:
        for top, bright in _ripples(rng, shore, height):
            draw.fill_color = Color(f"rgba(255,220,190,{bright:.2f})")
            left, long = rng.uniform(-0.2, 1) * width, rng.uniform(0.1, 0.5) * width
            draw.ellipse((left + long / 2, top), (long / 2, 1 + (top - shore) / 150))
        draw(image)
    return _with_grain(image)


def balloons(width: int, height: int) -> Image:
    """Paint hot-air balloons above hills, upright."""
    rng = random.Random(11)  # noqa: S311 - the same image every time
    image = sky(width, height, "#fbe9c9", "#4d9bd0")
    with Drawing() as draw:
        for layer, colour in enumerate(_HILLS):
            draw.fill_color = Color(colour)
            top = height * (0.74 + 0.08 * layer)
            draw.polygon(_ridge(rng, width, height, top, height * 0.06))
        for across, down, radius, colours in _BALLOONS:
            at = (across * width, down * width)
            _balloon(draw, at, radius * width, colours)
        draw(image)
    return _with_grain(image)


def sunflower(side: int) -> Image:
    """Paint a sunflower; its seeds are turned by the golden angle."""
    image = sky(side, side, "#2f5d3a", "#79b3c9")
    middle = side / 2
    with Drawing() as draw:
        for ring, colour in enumerate(_PETALS):
            draw.fill_color = Color(colour)
            draw.stroke_color = Color("#8a4f03")
            draw.stroke_width = side / 900
            for petal in range(34):
                angle = 2 * math.pi * (petal + ring / 2) / 34
                draw.polygon(_petal(middle, side * (0.45 - 0.03 * ring), angle))
        draw.stroke_width = 0
        draw.fill_color = Color("#2b1608")
        draw.circle((middle, middle), (middle + side * 0.2, middle))
        for seed in range(900):
            away = side * 0.195 * math.sqrt(seed / 900)
            angle = seed * _GOLDEN_ANGLE
            at = (middle + away * math.cos(angle), middle + away * math.sin(angle))
            draw.fill_color = Color(f"rgb({90 + seed // 9},{48 + seed // 20},18)")
            draw.circle(at, (at[0] + side * 0.0042, at[1]))
        draw(image)
    return _with_grain(image)


def sky(width: int, height: int, below: str, above: str) -> Image:
    """Return an image that is filled from one colour to another."""
    image = Image()
    image.pseudo(width, height, f"gradient:{below}-{above}")
    image.flip()
    return image


def _with_grain(image: Image) -> Image:
    image.noise("gaussian", attenuate=0.12)
    image.depth = 8
    return image


def _ridge(
    rng: random.Random, width: int, height: int, top: float, rough: float
) -> list[Point]:
    """A mountain ridge by midpoint displacement, closed along the lower edge."""
    line = [top, top]
    while len(line) < 200:  # noqa: PLR2004 - looks smooth
        middles = [
            (a + b) / 2 + rng.uniform(-rough, rough) / 2 for a, b in pairwise(line)
        ]
        line = [y for pair in zip(line, middles, strict=False) for y in pair] + line[
            -1:
        ]
        rough *= 0.55
    step = width / (len(line) - 1)
    points = [(index * step, y) for index, y in enumerate(line)]
    return [*points, (width, height), (0, height)]


def _ripples(
    rng: random.Random, shore: int, height: int
) -> Iterator[tuple[float, float]]:
    """Yield where a ripple is and how bright, ever further apart."""
    top, step = float(shore), height / 300
    while top < height:
        top += step * rng.uniform(0.6, 1.4)
        step *= 1.05
        yield top, rng.uniform(0.05, 0.22)


def _balloon(draw: Drawing, at: Point, radius: float, colours: Sequence[str]) -> None:
    """Draw stripes as ever narrower ellipses, and a basket on two ropes."""
    across, down = at
    tip = down + radius * 1.45
    for stripe in range(7):
        draw.fill_color = Color(colours[stripe % 2])
        half = radius * (1 - stripe / 7)
        draw.ellipse(at, (half, radius))
        low = down + radius * 0.45
        edge = half * math.sqrt(1 - 0.45**2)
        foot = half * 0.18
        draw.polygon(
            [
                (across - edge, low),
                (across + edge, low),
                (across + foot, tip),
                (across - foot, tip),
            ]
        )
    draw.stroke_color, draw.stroke_width = Color("#4b3a2a"), radius / 60
    basket = tip + radius * 0.3
    for side in (-0.15, 0.15):
        draw.line((across + side * radius, tip), (across + side * 0.8 * radius, basket))
    draw.fill_color = Color("#7a5632")
    draw.rectangle(
        left=across - radius * 0.13,
        top=basket,
        right=across + radius * 0.13,
        bottom=basket + radius * 0.18,
    )
    draw.stroke_width, draw.stroke_color = 0, Color("transparent")


def _petal(middle: float, long: float, angle: float) -> list[Point]:
    """A pointed leaf from the middle outwards."""
    outline = [(0.0, 0.0), (0.5, 0.045), (0.72, 0.085), (0.88, 0.06), (1.0, 0.0)]
    outline += [(x, -y) for x, y in reversed(outline[1:-1])]
    cos, sin = math.cos(angle), math.sin(angle)
    return [
        (middle + long * (x * cos - y * sin), middle + long * (x * sin + y * cos))
        for x, y in outline
    ]
