"""A watermark: an image that is drawn on variants, and where."""

from __future__ import annotations

from dataclasses import dataclass, field

PLACES = {
    "northwest": (0.0, 0.0),
    "north": (0.5, 0.0),
    "northeast": (1.0, 0.0),
    "west": (0.0, 0.5),
    "center": (0.5, 0.5),
    "east": (1.0, 0.5),
    "southwest": (0.0, 1.0),
    "south": (0.5, 1.0),
    "southeast": (1.0, 1.0),
}
"""Gravity → how far to the right and down, in fractions of the room there is."""

_MARGIN = 0.03
"""From the edges, in fractions of a variant's shorter side."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """What is drawn on a size's variants.

    Attributes:
        digest: The SHA-256 of its file.
        gravity: Where it is drawn: one of PLACES.
        opacity: From 0 to 1; multiplied with its own transparency.
        percent: Its width, of the variant's.
        min_width: Variants that are narrower have no watermark; in pixels.
        data: Its file, a PNG; empty if nothing is to be drawn here.
    """

    digest: str
    gravity: str = "southeast"
    opacity: float = 1.0
    percent: int = 20
    min_width: int = 0
    data: bytes = field(default=b"", repr=False, compare=False)

    def box(
        self, variant: tuple[int, int], own: tuple[int, int]
    ) -> tuple[int, int, int, int]:
        """Left, top, width and height of its place, all within the variant.

        Args:
            variant: Width and height of the variant.
            own: Those of the watermark's file, whose proportions are kept.
        """
        margin = round(_MARGIN * min(variant))
        room = [max(side - 2 * margin, 1) for side in variant]
        wanted = variant[0] * self.percent / 100
        scale = min(wanted / own[0], room[0] / own[0], room[1] / own[1])
        across, down = (max(1, round(side * scale)) for side in own)
        right, below = PLACES[self.gravity]
        left = margin + round(right * (room[0] - across))
        top = margin + round(below * (room[1] - down))
        return left, top, across, down
