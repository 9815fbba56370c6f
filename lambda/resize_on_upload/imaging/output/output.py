"""What a resized frame is turned into, as plain values without ImageMagick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ...sizes.size import Size
    from ..formats import Format
    from ..headers.base import Cicp


class Aim(Protocol):
    """What a crop is to show."""

    def crop_at(self, image: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
        """Left and top of a crop of the upright image; both in width and height."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a resized frame is turned into.

    Attributes:
        size: The size it is made for.
        format: The format to write.
        orientation: EXIF's orientation of the original, 1 to 8.
        credit: An EXIF block with the original's artist and copyright; may be empty.
        animated: Whether all frames are written, not only the first.
        hdr: What the values of an HDR original mean; None for all others.
        aim: What a crop shows, in place of the size's gravity.
    """

    size: Size
    format: Format
    orientation: int
    credit: bytes
    animated: bool
    hdr: Cicp | None = None
    aim: Aim | None = None
