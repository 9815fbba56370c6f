"""What to decode and what to make of what, before a pixel is touched.

One decode serves all sizes. A JPEG is decoded at the smallest scale that is still
sharper than its largest size; a smaller size is made of a larger one where that loses
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import ResultTooLarge
from ...sizes import geometry
from ...sizes.dimensions import dimensions
from ..headers.exif import displayed_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...sizes.size import Size

MAX_PIXELS = 50_000_000
"""Two copies of such a picture fit into the memory that policy.xml allows."""

EIGHTHS = (1, 2, 3, 4)
"""Scales at which a JPEG can be decoded for less (libjpeg's scaled transforms)."""

OVERSAMPLING = 1.2
"""A decode this much larger than a size is as good as a whole one..."""

SMALL = 2_000_000
SMALL_OVERSAMPLING = 2.0
"""...but small photos gain little by it and lose more."""

MIN_REDUCTION = 2.0
"""A size this much larger than another can be its source."""


@dataclass(frozen=True, slots=True)
class Target:
    """One resize.

    Attributes:
        size: What it is for.
        width, height: Pixels, as the file has them: not yet turned upright.
        made_from: Which earlier target it is made of; None for the decoded picture.
    """

    size: Size
    width: int
    height: int
    made_from: int | None = None


@dataclass(frozen=True, slots=True)
class ResizePlan:
    """All of one picture's work.

    Attributes:
        width, height: Pixels of the whole picture, as the file has it.
        eighths: The scale to decode at; 8 is whole.
        targets: The largest first.
    """

    width: int
    height: int
    eighths: int
    targets: tuple[Target, ...]

    @property
    def extent(self) -> tuple[float, float]:
        """What the decoded picture covers, in decoded pixels."""
        return self.width * self.eighths / 8, self.height * self.eighths / 8

    @property
    def decoded(self) -> tuple[int, int]:
        """Width and height that the decoder returns: parts of pixels are whole."""
        across, down = self.width * self.eighths, self.height * self.eighths
        return -(-across // 8), -(-down // 8)


def make(
    stored: tuple[int, int],
    orientation: int,
    sizes: Sequence[Size],
    *,
    scalable: bool = False,
) -> ResizePlan:
    """Plan every size of a picture.

    Args:
        stored: Its width and height, as the file has them.
        orientation: EXIF's; geometries speak of the picture as people see it.
        sizes: What to make.
        scalable: Whether the decoder can do less than all of it.

    Raises:
        ResultTooLarge: a geometry makes more pixels of it than can be written.
    """
    targets: list[Target] = []
    plain = [Target(size, *_fitted(stored, orientation, size)) for size in sizes]
    for target in sorted(plain, key=_area, reverse=True):
        made_from = _made_from(target, targets)
        targets.append(Target(target.size, target.width, target.height, made_from))
    eighths = _eighths(stored, targets) if scalable else 8
    return ResizePlan(*stored, eighths, tuple(targets))


def _fitted(stored: tuple[int, int], orientation: int, size: Size) -> tuple[int, int]:
    displayed = displayed_size(stored, orientation)
    fitted = dimensions(*displayed, size.geometry)
    largest, area = max(fitted), fitted[0] * fitted[1]
    if fitted != displayed and (largest > geometry.MAX_SIDE or area > MAX_PIXELS):
        msg = (
            f"{size.geometry.text!r} makes {fitted[0]}x{fitted[1]} pixels of "
            f"{displayed[0]}x{displayed[1]}; at most {geometry.MAX_SIDE} a side and "
            f"{MAX_PIXELS} in all can be written"
        )
        raise ResultTooLarge(msg)
    return displayed_size(fitted, orientation)


def _area(target: Target) -> int:
    return target.width * target.height


def _made_from(target: Target, larger: Sequence[Target]) -> int | None:
    """The smallest of the larger ones that loses nothing."""
    for index in reversed(range(len(larger))):
        candidate = larger[index]
        across, down = candidate.width / target.width, candidate.height / target.height
        if min(across, down) >= MIN_REDUCTION:
            return index
    return None


def _eighths(stored: tuple[int, int], targets: Sequence[Target]) -> int:
    width, height = stored
    oversampling = SMALL_OVERSAMPLING if width * height < SMALL else OVERSAMPLING
    needed = oversampling * max(
        max(target.width / width, target.height / height) for target in targets
    )
    return next((n for n in EIGHTHS if n / 8 >= needed), 8)
