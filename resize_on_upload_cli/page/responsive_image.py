"""One image as a page shows it: formats, widths, dimensions, what is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resize_on_upload.sizes.focus import Focus


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variant that a browser may choose.

    Attributes:
        path: Percent-encoded, relative to where variants are served.
        width: In pixels.
    """

    path: str
    width: int


@dataclass(frozen=True, slots=True)
class Source:
    """The variants of one format, the narrowest first; never empty."""

    type: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ResponsiveImage:
    """What a `<picture>` consists of.

    Attributes:
        sources: The formats that some browsers lack, the best first.
        fallback: The format for all others.
        width, height: Of the widest variant of `fallback`, in pixels.
        placeholder: The image in a few pixels, as a data URL.
        color: As #rrggbb.
        focus: The point that crops keep, in fractions of width and height.
    """

    sources: tuple[Source, ...]
    fallback: Source
    width: int
    height: int
    placeholder: str | None = None
    color: str | None = None
    focus: Focus | None = None
