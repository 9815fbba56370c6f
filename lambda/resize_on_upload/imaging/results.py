"""What comes out of the image job: plain values, no ImageMagick."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sizes.size import Size


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """The uploaded picture as people see it: upright, in pixels."""

    format: str
    width: int
    height: int
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Variant:
    """One size of it, encoded; width and height in pixels.

    Attributes:
        color: Its dominant one, #rrggbb, where it is a placeholder.
    """

    size: Size
    content_type: str
    width: int
    height: int
    body: bytes
    color: str | None = None


@dataclass(frozen=True, slots=True)
class ImageResult:
    """A source and every variant of it.

    Attributes:
        milliseconds: By step: decode, resize, encode.
    """

    source: SourceInfo
    variants: tuple[Variant, ...]
    milliseconds: dict[str, float] = field(default_factory=dict, compare=False)
