"""ImageMagick's geometry syntax: `150x`, `50x50^` or `50%x30%`.

The pixels that a geometry makes of an image are calculated in dimensions.py.
https://imagemagick.org/script/command-line-processing.php#geometry
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MAX_SIDE = 16_383
"""Pixels per side: WebP's limit, the smallest of all output formats."""

MAX_PERCENT = 1_000
MAX_AREA = MAX_SIDE * MAX_SIDE

_PIXELS = re.compile(
    r"(?P<width>\d{1,9})?(?:x(?P<height>\d{1,9})?)?(?P<flags>[!><^]*)", re.ASCII
)
_PERCENT = re.compile(
    r"(?P<width>\d{1,9}(?:\.\d{1,9})?)%?"
    r"(?:x(?P<height>\d{1,9}(?:\.\d{1,9})?)%?)?",
    re.ASCII,
)
_AREA = re.compile(r"(?P<area>\d{1,9})@(?P<flags>[><]?)", re.ASCII)


class GeometryError(ValueError):
    """The text is not a geometry; the message names the rule it breaks."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A parsed geometry.

    Attributes:
        text: The geometry as written.
        width, height: In pixels, or in percent if `percent`; None if left out.
        percent: `%`: width and height are percentages of the original's.
        area: `@`: the number of pixels, instead of width and height.
        exact: `!`: ignore the aspect ratio.
        cover: `^`: fill the box instead of fitting into it.
        only_shrink, only_enlarge: `>` and `<`.
    """

    text: str
    width: float | None = None
    height: float | None = None
    percent: bool = False
    area: int | None = None
    exact: bool = False
    cover: bool = False
    only_shrink: bool = False
    only_enlarge: bool = False

    def without_enlarging(self) -> Geometry:
        """The same geometry with `>`: smaller images are not enlarged."""
        return replace(self, only_shrink=True)

    @property
    def box(self) -> tuple[int, int] | None:
        """Width and height in pixels if both are given, else None."""
        if self.percent or self.width is None or self.height is None:
            return None
        return int(self.width), int(self.height)


def parse(text: str) -> Geometry:
    """Read a geometry.

    Raises:
        GeometryError: it is not valid; the message names the rule it breaks.
    """
    _reject_other_syntax(text)
    if "@" in text:
        return _parse_area(text)
    if "%" in text:
        return _parse_percent(text)
    return _parse_pixels(text)


def _reject_other_syntax(text: str) -> None:
    if not text:
        msg = "a geometry must not be empty."
        raise GeometryError(msg)
    if "#" in text:
        msg = "'#' is not ImageMagick syntax; to cover and crop, use '^' and \"crop\"."
        raise GeometryError(msg)
    if text.startswith("-"):
        msg = "a side cannot be negative; remove '-'."
        raise GeometryError(msg)
    if "+" in text or "-" in text:
        msg = "offsets have no meaning for a resize; remove '+X+Y'."
        raise GeometryError(msg)


def _parse_area(text: str) -> Geometry:
    match = _AREA.fullmatch(text)
    if not match:
        msg = (
            "'@' follows one whole number, the area in pixels; only '>' may follow it."
        )
        raise GeometryError(msg)
    area = int(match["area"])
    if not 1 <= area <= MAX_AREA:
        msg = f"the area must be between 1 and {MAX_AREA} pixels."
        raise GeometryError(msg)
    return Geometry(text, area=area, **_shrink_enlarge_flags(match["flags"]))


def _parse_percent(text: str) -> Geometry:
    match = _PERCENT.fullmatch(text)
    if not match:
        msg = "a percentage is written W% or W%xH%, without other flags."
        raise GeometryError(msg)
    width = float(match["width"])
    height = float(match["height"]) if match["height"] else width
    if not (0 < width <= MAX_PERCENT and 0 < height <= MAX_PERCENT):
        msg = f"a percentage must be above 0 and at most {MAX_PERCENT}."
        raise GeometryError(msg)
    return Geometry(text, width, height, percent=True)


def _parse_pixels(text: str) -> Geometry:
    match = _PIXELS.fullmatch(text)
    if not match or not (match["width"] or match["height"]):
        msg = "a geometry is written W, Wx, xH or WxH in whole pixels, then flags."
        raise GeometryError(msg)
    sides = [int(side) for side in (match["width"], match["height"]) if side]
    if not all(1 <= side <= MAX_SIDE for side in sides):
        msg = f"width and height must be between 1 and {MAX_SIDE} pixels."
        raise GeometryError(msg)
    flags = match["flags"]
    if len(set(flags)) != len(flags) or {"!", "^"} <= set(flags):
        msg = "each flag may be given once, and '!' cannot be combined with '^'."
        raise GeometryError(msg)
    return Geometry(
        text,
        width=float(match["width"]) if match["width"] else None,
        height=float(match["height"]) if match["height"] else None,
        exact="!" in flags,
        cover="^" in flags,
        **_shrink_enlarge_flags(flags),
    )


def _shrink_enlarge_flags(flags: str) -> dict[str, bool]:
    if {">", "<"} <= set(flags):
        msg = "'>' (only shrink) and '<' (only enlarge) are mutually exclusive."
        raise GeometryError(msg)
    return {"only_shrink": ">" in flags, "only_enlarge": "<" in flags}
