"""What each reader in this folder returns, and how it reads: never past the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

MAX_PARTS = 200_000
"""Chunks, segments or boxes read before a file is rejected as corrupt."""

MAX_BLOCKS = 2_000_000
"""The same for GIF's blocks, which are short: 128 MB hold half a million full ones."""


class BrokenHeaderError(ValueError):
    """The header contradicts itself or ends early; the message says where."""


class UnknownVariantError(ValueError):
    """The header is valid, but of a kind that the decoder does not read."""


class Cicp(NamedTuple):
    """What colour values mean, by the numbers of ITU-T H.273."""

    primaries: int
    transfer: int


@dataclass(frozen=True, slots=True)
class Header:
    """An image as its header describes it.

    Attributes:
        width, height: Pixels as stored, before EXIF's orientation is applied; those of
            the canvas if frames cover parts of one.
        frames: Number of frames or pages; counting stops at one above the limit.
        depth: Bits per channel.
        orientation: EXIF's, 1 to 8; 1 if absent or invalid.
        progressive: Whether a JPEG is stored in scans, the coarsest first.
        metadata: Bytes that are neither pixels nor needed to show them.
        credit: An EXIF block with only the artist and the copyright; empty if neither
            is present.
        exif: The EXIF block of a JPEG, PNG or WebP, as stored.
        decoded_pixels: Those of the largest image that is decoded on the way, such as
            HEIC's alpha channel; 0 if there is no other.
        codec: How a HEIC or AVIF is coded, if decoders may lack it.
        hdr: What the values of an HDR image mean; None for all others.
    """

    width: int
    height: int
    frames: int = 1
    depth: int = 8
    orientation: int = 1
    progressive: bool = False
    metadata: int = 0
    credit: bytes = b""
    decoded_pixels: int = 0
    codec: str | None = None
    hdr: Cicp | None = None
    exif: bytes = field(default=b"", repr=False, compare=False)


class PartBudget:
    """Limits the parts a reader visits: tiny parts must not cost more than a decode."""

    def __init__(self, most: int = MAX_PARTS) -> None:
        self._most = self._left = most

    def take(self) -> None:
        """Count one part.

        Raises:
            BrokenHeaderError: there are too many.
        """
        self._left -= 1
        if self._left < 0:
            msg = f"it has more than {self._most} parts"
            raise BrokenHeaderError(msg)


def number(blob: bytes, at: int, size: int, order: str = "big") -> int:
    """The unsigned integer of `size` bytes at an offset.

    Raises:
        BrokenHeaderError: the file ends before it.
    """
    data = blob[at : at + size]
    if at < 0 or len(data) < size:
        msg = f"it ends at byte {len(blob)}, inside its header"
        raise BrokenHeaderError(msg)
    return int.from_bytes(data, "little" if order == "little" else "big")
