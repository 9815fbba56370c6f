"""One size: what is asked for, where it lies, how many pixels it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .dimensions import dimensions
from .geometry import Geometry
from .geometry import parse as parse_geometry
from .key_patterns import ALL_KEYS, KeyPatterns

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_KEY_BYTES = 1_024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


@dataclass(frozen=True, slots=True)
class Size:
    """One size to write.

    Attributes:
        name: The prefix in the resized bucket; no '/', safe in a key.
        geometry: What to resize to.
        format: One of `options.FORMATS`; "original" keeps the upload's own.
        quality: 1-100, or None for the format's default.
        crop: Cut to the geometry's box after a cover resize.
        gravity: Which part of the picture a crop keeps.
        background: Colour behind transparency in formats without it.
        animation: "keep", or "first" frame; "keep-or-first" takes the first of an
            animation that is too long, where "keep" rejects it.
        copyright: Keep the photo's artist and copyright, and nothing else of it.
        key_patterns: Which keys it is made for.
        suffix: Behind the key in the resized bucket; only the manifest has one.
    """

    name: str
    geometry: Geometry
    format: str = "original"
    quality: int | None = None
    crop: bool = False
    gravity: str = "center"
    background: str = "white"
    animation: str = "keep"
    copyright: bool = False
    key_patterns: KeyPatterns = ALL_KEYS
    suffix: str = ""

    def variant_key(self, key: str) -> str:
        """Where in the resized bucket this size of a key lies."""
        return f"{self.name}/{key}{self.suffix}"

    def key_too_long(self, key: str) -> bool:
        """Whether S3 could not hold this size of a key."""
        return len(self.variant_key(key).encode()) > MAX_KEY_BYTES

    def dimensions(self, width: int, height: int) -> tuple[int, int]:
        """The pixels this size has of a picture of `width` x `height`."""
        across, down = dimensions(width, height, self.geometry)
        box = self.geometry.box
        if self.crop and box:
            return min(across, box[0]), min(down, box[1])
        return across, down


MANIFEST = Size(
    name="manifest",
    geometry=parse_geometry("16x16>"),
    format="webp",
    quality=40,
    animation="first",
    suffix=".json",
)
"""Beside the sizes: a document about them, with the picture in a few pixels."""


def sizes_for_key(sizes: Iterable[Size], key: str) -> tuple[Size, ...]:
    """The sizes a key gets; where that is none, there is no manifest either."""
    found = tuple(size for size in sizes if size.key_patterns.match(key))
    return found if any(not size.suffix for size in found) else ()
