"""The focus of an upload: the point of its image that crops keep."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

HEADER = "x-amz-meta-focus"
"""What uploads it: S3 keeps it as metadata of the original."""

EXAMPLE = "0.3,0.6"

_MAX_SHOWN = 40
# JavaScript writes small numbers as 1e-7.
_NUMBER = r"((?:\d(?:\.\d{0,20})?|\.\d{1,20})(?:e-\d{1,3})?)"
_FOCUS = re.compile(rf" ?{_NUMBER} ?, ?{_NUMBER} ?", re.ASCII)


class FocusError(ValueError):
    """The text is not a focus; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Focus:
    """A point of an upright image, in fractions of its width and height.

    Attributes:
        x: 0 is the left edge, 1 the right one.
        y: 0 is the upper edge, 1 the lower one.
    """

    x: float
    y: float

    def __str__(self) -> str:
        return f"{self.x!r},{self.y!r}"

    def crop_at(self, image: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
        """Left and top of the crop that has this point as near to its centre as it can.

        Args:
            image: Width and height; whatever they were resized to, the point is exact.
            box: Width and height of the crop, neither larger than the image's.
        """
        return (
            _start(self.x, image[0], box[0]),
            _start(self.y, image[1], box[1]),
        )


def parse(text: str) -> Focus:
    """Read X,Y.

    Raises:
        FocusError: it is not valid.
    """
    match = _FOCUS.fullmatch(text)
    x, y = map(float, match.groups()) if match else (math.nan, math.nan)
    if 0 <= x <= 1 and 0 <= y <= 1:
        return Focus(x, y)
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
    msg = f"{shown!r} is not X,Y: two numbers from 0 to 1, such as {EXAMPLE}"
    raise FocusError(msg)


def _start(fraction: float, whole: int, part: int) -> int:
    """The first pixel of the part; of two that are as near, the one before."""
    start = math.ceil(fraction * whole - part / 2 - 0.5)
    return min(max(start, 0), whole - part)
