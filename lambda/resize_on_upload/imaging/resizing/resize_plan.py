"""Plan the decode and the resizes, before a pixel is touched.

One decode serves all sizes. A JPEG is decoded at the smallest scale that is still
sharper than its largest size; a size is made from a larger one if that loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import ResultTooLarge
from ...sizes import geometry
from ...sizes.dimensions import dimensions
from ..headers.exif import displayed_size
from . import attention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...sizes.size import Size

MAX_PIXELS = 50_000_000
"""Two copies of such an image fit into the memory that policy.xml allows."""

EIGHTHS = (1, 2, 3, 4)
"""Scales at which decoding a JPEG is cheaper (libjpeg's scaled transforms)."""

OVERSAMPLING = 1.2
"""A decode this much larger than a size is as good as a full one..."""

SMALL = 2_000_000
SMALL_OVERSAMPLING = 2.0
"""...but small photos gain little time and lose more detail."""

MIN_REDUCTION = 2.0
"""A size can be made from one that is this many times larger."""


@dataclass(frozen=True, slots=True)
class Target:
    """One resize.

    Attributes:
        sizes: The sizes it is for, which may differ in crop, format and quality.
        width, height: Pixels as stored, before EXIF's orientation is applied.
        made_from: Index of the earlier target to resize; None for the decoded image.
    """

    sizes: tuple[Size, ...]
    width: int
    height: int
    made_from: int | None = None


@dataclass(frozen=True, slots=True)
class ResizePlan:
    """The decode and the resizes of one image.

    Attributes:
        width, height: Pixels of the whole image, as stored.
        eighths: The scale to decode at; 8 is full size.
        targets: The largest first.
        look: One more resize, to look for what crops show; None if no size needs it.
    """

    width: int
    height: int
    eighths: int
    targets: tuple[Target, ...]
    look: Target | None = None

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Also the one that is only looked at."""
        return (*self.targets, *([self.look] if self.look else ()))

    @property
    def pixels(self) -> set[tuple[int, int]]:
        """Width and height of every resize."""
        return {(target.width, target.height) for target in self.all_targets}

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of the decoded image, in fractions of decoded pixels."""
        return self.width * self.eighths / 8, self.height * self.eighths / 8

    @property
    def decoded(self) -> tuple[int, int]:
        """Width and height that the decoder returns: rounded up to whole pixels."""
        across, down = self.width * self.eighths, self.height * self.eighths
        return -(-across // 8), -(-down // 8)


def make(
    stored: tuple[int, int],
    orientation: int,
    sizes: Sequence[Size],
    *,
    scalable: bool = False,
) -> ResizePlan:
    """Plan every size of an image.

    Args:
        stored: Its width and height as stored.
        orientation: EXIF's; geometries refer to the image as displayed.
        sizes: The sizes to make.
        scalable: Whether it can be decoded at a smaller scale.

    Raises:
        ResultTooLarge: a geometry results in more pixels than can be written.
    """
    fitted: dict[tuple[int, int], list[Size]] = {}
    for size in sizes:
        pixels = _fitted(stored, orientation, size)
        # Of equal areas, the last is the first that others are made from.
        fitted[pixels] = [*fitted.pop(pixels, ()), size]
    targets: list[Target] = []
    for width, height in sorted(fitted, key=_area, reverse=True):
        made_from = _made_from(width, height, targets)
        same = tuple(fitted[width, height])
        targets.append(Target(same, width, height, made_from))
    eighths = _eighths(stored, targets) if scalable else 8
    is_looked_at = any(size.is_looked_for for size in sizes)
    look = _look(stored, targets) if is_looked_at else None
    return ResizePlan(*stored, eighths, tuple(targets), look)


def _fitted(stored: tuple[int, int], orientation: int, size: Size) -> tuple[int, int]:
    displayed = displayed_size(stored, orientation)
    fitted = dimensions(*displayed, size.geometry)
    largest, area = max(fitted), fitted[0] * fitted[1]
    if fitted != displayed and (largest > geometry.MAX_SIDE or area > MAX_PIXELS):
        msg = (
            f"{size.geometry.text!r} makes {fitted[0]}x{fitted[1]} pixels of "
            f"{displayed[0]}x{displayed[1]}; at most {geometry.MAX_SIDE} per side and "
            f"{MAX_PIXELS} in total can be written"
        )
        raise ResultTooLarge(msg)
    return displayed_size(fitted, orientation)


def _look(stored: tuple[int, int], targets: Sequence[Target]) -> Target:
    """The whole image, at most as large as attention.py needs it."""
    longer = max(*stored, attention.SIDE)
    width, height = (max(side * attention.SIDE // longer, 1) for side in stored)
    return Target((), width, height, _made_from(width, height, targets))


def _area(pixels: tuple[int, int]) -> int:
    return pixels[0] * pixels[1]


def _made_from(width: int, height: int, larger: Sequence[Target]) -> int | None:
    """The index of the smallest target that is large enough to be resized for it."""
    for index in reversed(range(len(larger))):
        candidate = larger[index]
        across, down = candidate.width / width, candidate.height / height
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
