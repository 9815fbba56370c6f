"""Axes of charts: from 0 in round steps, or from one power of ten to another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERVALS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from 0 to its last tick.

    Attributes:
        step: Between two ticks; 1, 2, 2.5 or 5 times a power of ten.
        ticks: Their number, without the one at 0.
        begin, end: Its ends in the drawing.
    """

    step: float
    ticks: int
    begin: float
    end: float

    @property
    def values(self) -> list[float]:
        """Where the ticks are."""
        return [self.step * tick for tick in range(self.ticks + 1)]

    def at(self, value: float) -> float:
        """Return where a value is in the drawing."""
        share = value / (self.step * self.ticks)
        return self.begin + (self.end - self.begin) * share


@dataclass(frozen=True, slots=True)
class Decades:
    """An axis from one power of ten to another; each takes the same space.

    Attributes:
        low, high: The exponents.
        begin, end: Its ends in the drawing.
    """

    low: int
    high: int
    begin: float
    end: float

    @property
    def values(self) -> list[float]:
        """Where the ticks are."""
        return [10.0**power for power in range(self.low, self.high + 1)]

    def at(self, value: float) -> float:
        """Return where a value is in the drawing."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + (self.end - self.begin) * share


def decades(values: Sequence[float], begin: float, end: float) -> Decades:
    """Return an axis of powers of ten that holds all values."""
    low = math.floor(math.log10(min(values)))
    return Decades(low, max(low + 1, math.ceil(math.log10(max(values)))), begin, end)


def axis(most: float, begin: float, end: float) -> Axis:
    """Return an axis that holds all values up to `most`."""
    power = 10.0 ** math.floor(math.log10(most / INTERVALS))
    step = next(
        power * factor
        for factor in (1, 2, 2.5, 5, 10)
        if math.ceil(most / (power * factor)) <= INTERVALS + 1
    )
    return Axis(step, math.ceil(most / step), begin, end)
