"""The results of the image job, as plain values without ImageMagick."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sizes.size import Size
    from .hdr.dropped import Dropped


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """The uploaded image as displayed: width and height in pixels, upright.

    Attributes:
        alpha: Whether it has an alpha channel.
    """

    format: str
    width: int
    height: int
    frames: int = 1
    alpha: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """The encoded image for one size; width and height in pixels.

    Attributes:
        color: The dominant colour as #rrggbb, if it is a manifest's placeholder.
        thumbhash: The ThumbHash in base64, likewise.
        quality: The encoder's, if it was lowered to keep the size's `max_bytes`.
        hdr: Whether it has a gain map.
    """

    size: Size
    content_type: str
    width: int
    height: int
    body: bytes
    color: str | None = None
    thumbhash: str | None = None
    quality: int | None = None
    hdr: bool = False

    @property
    def exceeds_max_bytes(self) -> bool:
        """Whether it has more bytes than its size allows: no quality fits."""
        return exceeds_max_bytes(self.size, len(self.body))

    @property
    def notes(self) -> tuple[str, ...]:
        """What else to say of it, for people."""
        return (*self.max_bytes_notes, *(["HDR"] if self.hdr else []))

    @property
    def max_bytes_notes(self) -> tuple[str, ...]:
        """What its size's `max_bytes` led to, for people."""
        lowered = [f"quality {self.quality}"] if self.quality is not None else []
        return (*lowered, *(["more than maxBytes"] if self.exceeds_max_bytes else []))


def exceeds_max_bytes(size: Size, count: int) -> bool:
    """Whether a variant of `count` bytes has more than its size allows."""
    return size.max_bytes is not None and count > size.max_bytes


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What was decoded, and every variant made from it.

    Attributes:
        milliseconds: Time per step: decode, resize, encode.
        hdr: Whether a gain map was kept, or why it was not; None if there is none, or
            no size keeps it.
    """

    source: SourceInfo
    variants: tuple[Variant, ...]
    milliseconds: dict[str, float] = field(default_factory=dict, compare=False)
    hdr: bool | Dropped | None = None


class StepTimes:
    """How long each step took, summed over frames and sizes."""

    def __init__(self) -> None:
        self.milliseconds: defaultdict[str, float] = defaultdict(float)
        self._last = time.perf_counter()

    def add(self, step: str) -> None:
        """Count the time since the last call as this step's."""
        now = time.perf_counter()
        self.milliseconds[step] += (now - self._last) * 1_000
        self._last = now
