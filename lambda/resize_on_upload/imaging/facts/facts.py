"""What a manifest says of a photo: facts of its EXIF block, whatever its format."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ...errors import Rejected
from ..formats import AVIF, HEIC, JPEG, PNG, TIFF, WEBP, Format, sniff
from ..headers import jpeg, png, webp
from ..headers.base import BrokenHeaderError, UnknownVariantError
from . import exif_facts, heic_exif

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...sizes.size import Size

_BLOCKS: dict[Format, Callable[[bytes], bytes]] = {
    JPEG: lambda blob: jpeg.read(blob, 1).exif,
    PNG: lambda blob: png.read(blob, 1).exif,
    WEBP: lambda blob: webp.read(blob, 1).exif,
    TIFF: bytes,  # also RAW photos: the file itself is such a block
    HEIC: heic_exif.exif_block,
    AVIF: heic_exif.exif_block,
}


def of_photo(blob: bytes, manifest: Size) -> dict[str, Any]:
    """The facts that a manifest is to have, by their keys, as far as they are known.

    The function reads them itself: the decoder's process need not be trusted.
    """
    block = exif_block(blob) if manifest.taken_at or manifest.location else b""
    found: dict[str, Any] = {}
    if manifest.taken_at and (moment := exif_facts.taken_at(block)):
        found["takenAt"] = moment
    if manifest.location and (place := exif_facts.location(block)):
        found["location"] = asdict(place)
    return found


def exif_block(blob: bytes) -> bytes:
    """The EXIF block of a file; empty if it has none or is damaged."""
    try:
        read = _BLOCKS.get(sniff(blob))
        return read(blob) if read else b""
    except (BrokenHeaderError, UnknownVariantError, Rejected):
        return b""
