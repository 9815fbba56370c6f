"""ThumbHash: an image in about 25 bytes (https://evanw.github.io/thumbhash/).

The few lowest frequencies of brightness, of two colour differences and of the alpha
channel, each relative to the strongest of its channel.
"""

from __future__ import annotations

import base64
import math
from operator import mul
from typing import NamedTuple

from . import magick

_LONGEST, _LONGEST_WITH_ALPHA = 7, 5
"""Frequencies of brightness along the longer side."""

_NOISE_DIGITS = 12
"""Of a frequency: what floating-point arithmetic adds to it must not reach the hash."""


class _Spectrum(NamedTuple):
    """A channel's mean, the strongest frequency, and all in fractions of that one."""

    mean: float
    scale: float
    waves: list[float]


def thumbhash(image: magick.Image) -> str:
    """The hash of an image, in base64.

    It may have up to 100 pixels per side; the sixteen of a manifest's placeholder are
    enough for seven frequencies.
    """
    pixels = bytes(magick.pixels(image, "RGBA"))
    return base64.b64encode(encode(image.width, image.height, pixels)).decode()


def encode(width: int, height: int, pixels: bytes) -> bytes:
    """The hash of an image of RGBA pixels, one byte per channel."""
    has_alpha = pixels[3::4].strip(b"\xff") != b""
    most, longer = _LONGEST_WITH_ALPHA if has_alpha else _LONGEST, max(width, height)
    across, down = (max(1, _rounded(most * side / longer)) for side in (width, height))
    light, yellow_blue, red_green, alpha = (
        _spectrum(channel, width, height, *frequencies)
        for channel, frequencies in zip(
            _channels(pixels),
            ((max(3, across), max(3, down)), (3, 3), (3, 3), (5, 5)),
            strict=True,
        )
    )
    is_landscape = width > height
    fields = [
        (63 * light.mean, 6),
        (31.5 + 31.5 * yellow_blue.mean, 6),
        (31.5 + 31.5 * red_green.mean, 6),
        (31 * light.scale, 5),
        (has_alpha, 1),
        (down if is_landscape else across, 3),
        (63 * yellow_blue.scale, 6),
        (63 * red_green.scale, 6),
        (is_landscape, 1),
        *([(15 * alpha.mean, 4), (15 * alpha.scale, 4)] if has_alpha else []),
    ]
    channels = (light, yellow_blue, red_green, *([alpha] if has_alpha else []))
    fields += [(15 * wave, 4) for channel in channels for wave in channel.waves]
    return _packed(fields)


def _channels(
    pixels: bytes,
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Brightness, yellow to blue, red to green, and alpha, on the mean colour."""
    alpha = [value / 255 for value in pixels[3::4]]
    total = sum(alpha)
    colours = []
    for channel in range(3):
        covered = [a * v / 255 for a, v in zip(alpha, pixels[channel::4], strict=True)]
        mean = sum(covered) / total if total else 0.0
        pairs = zip(alpha, covered, strict=True)
        colours.append([mean * (1 - a) + value for a, value in pairs])
    rgb = [*zip(*colours, strict=True)]
    light = [(r + g + b) / 3 for r, g, b in rgb]
    return (
        light,
        [(r + g) / 2 - b for r, g, b in rgb],
        [r - g for r, g, _ in rgb],
        alpha,
    )


def _spectrum(
    channel: list[float], width: int, height: int, across: int, down: int
) -> _Spectrum:
    """The frequencies of a channel, in rows of which each is shorter."""
    rows = [channel[at : at + width] for at in range(0, len(channel), width)]
    columns = [
        [sum(map(mul, row, cosines)) for row in rows]
        for cosines in _cosines(width, across)
    ]
    mean, *waves = (
        round(sum(map(mul, column, cosines)) / len(channel), _NOISE_DIGITS)
        for y, cosines in enumerate(_cosines(height, down))
        for x, column in enumerate(columns)
        if x * down < across * (down - y)
    )
    scale = max(map(abs, waves))
    relative = [0.5 + 0.5 / scale * wave if scale else 0.0 for wave in waves]
    return _Spectrum(mean, scale, relative)


def _cosines(length: int, frequencies: int) -> list[list[float]]:
    """A few pixels have as many frequencies: higher ones are left out.

    The published implementation takes them for lower ones, which it also counts.
    """
    steps = range(length)
    return [
        [
            math.cos(math.pi / length * frequency * (step + 0.5))
            if frequency < length
            else 0.0
            for step in steps
        ]
        for frequency in range(frequencies)
    ]


def _packed(fields: list[tuple[float, int]]) -> bytes:
    """Values and their numbers of bits, the lowest bits first."""
    packed = at = 0
    for value, bits in fields:
        packed |= _rounded(value) << at
        at += bits
    return packed.to_bytes((at + 7) // 8, "little")


def _rounded(value: float) -> int:
    """To the nearest integer; halves up, as in JavaScript."""
    return math.floor(value + 0.5)
