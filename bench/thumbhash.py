"""Decode a ThumbHash as a page does, for tests and for the contact sheet."""

from __future__ import annotations

import math
from dataclasses import dataclass


class _Bits:
    """Reads a hash, the lowest bits first."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def next(self, bits: int) -> int:
        """The next integer."""
        value = self._rest & (1 << bits) - 1
        self._rest >>= bits
        return value


@dataclass(frozen=True, slots=True)
class _Wave:
    x: int
    y: int
    strength: float

    def at(self, across: float, down: float) -> float:
        """Its value at a place, in fractions of the image's sides."""
        cosines = math.cos(math.pi * self.x * across) * math.cos(
            math.pi * self.y * down
        )
        return self.strength * (2 if self.x else 1) * (2 if self.y else 1) * cosines


def _waves(
    bits: _Bits, mean: float, scale: float, across: int, down: int
) -> list[_Wave]:
    """A channel: its mean, and the frequencies below the diagonal."""
    waves = [
        _Wave(x, y, (bits.next(4) / 7.5 - 1) * scale)
        for y in range(down)
        for x in range(across)
        if (x or y) and x * down < across * (down - y)
    ]
    return [_Wave(0, 0, mean), *waves]


class Decoded:
    """A decoded hash.

    Attributes:
        aspect: Width by height, roughly.
    """

    def __init__(self, data: bytes) -> None:
        bits = _Bits(data)
        light = bits.next(6) / 63
        yellow_blue, red_green = (bits.next(6) / 31.5 - 1 for _ in range(2))
        light_scale, has_alpha = bits.next(5) / 31, bits.next(1)
        shorter = bits.next(3)
        scales = [bits.next(6) / 63 for _ in range(2)]
        longer = 5 if has_alpha else 7
        sides = (longer, shorter) if bits.next(1) else (shorter, longer)
        alpha = (bits.next(4) / 15, bits.next(4) / 15) if has_alpha else None
        self.aspect = sides[0] / sides[1]
        across, down = (max(3, side) for side in sides)
        self._channels = [
            _waves(bits, light, light_scale, across, down),
            _waves(bits, yellow_blue, scales[0], 3, 3),
            _waves(bits, red_green, scales[1], 3, 3),
            _waves(bits, *alpha, 5, 5) if alpha else [_Wave(0, 0, 1)],
        ]

    def at(self, across: float, down: float) -> tuple[float, ...]:
        """Red, green, blue and alpha at a place, all from 0 to 1."""
        light, yellow_blue, red_green, alpha = (
            sum(wave.at(across, down) for wave in waves) for waves in self._channels
        )
        blue = light - 2 / 3 * yellow_blue
        red = (3 * light - blue + red_green) / 2
        return red, red - red_green, blue, alpha
