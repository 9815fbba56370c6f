"""Ways to sharpen a reduced image: the one in sharpen.c, and alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from resize_on_upload.imaging.resizing.sharpening import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

_KERNELS = {3: (1, 2, 1), 5: (1, 4, 6, 4, 1)}


@dataclass(frozen=True, slots=True)
class Way:
    """A way to sharpen.

    Attributes:
        amount: What is added of the distance from the weighted average.
        limit: Levels past the lowest and highest of the 3x3 pixels; None for any.
        side: Pixels per side that are averaged: 3 or 5.
        sharpen: The value in sizes.json that means this way; empty if none does.
    """

    amount: float
    limit: int | None = LIMIT
    side: int = 3
    sharpen: str = ""

    def sharpened(self, values: Any) -> Any:
        """Sharpen an image of eight bits."""
        levels = values.astype(np.int32)
        kernel = np.array(_KERNELS[self.side])
        weights = np.outer(kernel, kernel).ravel().tolist()
        average = sum(
            weight * one
            for weight, one in zip(weights, _around(levels, self.side), strict=True)
        )
        gain, half = round(self.amount * 2_048), sum(weights) * 1_024
        distance = sum(weights) * levels - average
        made = levels + (distance * gain + half) // (2 * half)
        if self.limit is not None:
            least, most = extremes(values)
            made = np.clip(made, least - self.limit, most + self.limit)
        return np.clip(made, 0, 255).astype(np.uint8)


NONE, CHOSEN = Way(0, sharpen="0"), Way(0.5, sharpen="1")
WAYS = (
    *(NONE, Way(0.25), CHOSEN, Way(0.75), Way(1, sharpen="2")),
    *(Way(0.5, limit=limit) for limit in (0, 4, 16, None)),
    Way(0.5, side=5),
)


def extremes(values: Any) -> tuple[Any, Any]:
    """The lowest and the highest value of the 3x3 pixels around each."""
    around = [*_around(values.astype(np.int32), 3)]
    return np.minimum.reduce(around), np.maximum.reduce(around)


def _around(values: Any, side: int) -> Iterator[Any]:
    """The image shifted to each pixel of a square; edges are repeated."""
    reach, (height, width, _) = side // 2, values.shape
    padded = np.pad(values, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    for top, left in product(range(side), repeat=2):
        yield padded[top : top + height, left : left + width]
