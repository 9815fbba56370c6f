"""What the engine does with an original, and with a variant, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.imaging.formats import JPEG, RAW
from resize_on_upload.imaging.headers import jpeg
from resize_on_upload.imaging.headers.base import BrokenHeaderError
from resize_on_upload.imaging.probe import Limits, Probe, probe
from resize_on_upload.imaging.resizing import resize_plan
from resize_on_upload.sizes.size import AUTO, REQUEST, Size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_COMPONENTS = 5
"""Where a JPEG's frame header has their number (ITU-T T.81, B.2.2)."""

_CMYK = 4
_SCALES = {1: "1/8", 2: "1/4", 3: "3/8", 4: "1/2"}


def of_original(blob: bytes, sizes: Sequence[Size]) -> tuple[str, ...]:
    """Return what is done with an image that was resized to these sizes."""
    return tuple(_of_original(blob, probe(blob, Limits()), sizes))


def of_variant(
    size: Size, made: tuple[int, int], original: tuple[int, int]
) -> tuple[str, ...]:
    """Return what is done for one size.

    Args:
        size: The size.
        made: Width and height of the variant.
        original: Those of the original.
    """
    return tuple(_of_variant(size, made, original))


def of_size(size: Size) -> str:
    """Return what a size makes, for the head of its column."""
    parts = [] if size.geometry.text == size.name else [size.geometry.text]
    parts += ["cropped"] if size.crop else []
    parts += [] if size.format == "original" else [size.format]
    parts += [] if size.quality is None else [f"quality {size.quality}"]
    parts += ["on request"] if size.make == REQUEST else []
    return ", ".join(parts)


def _of_original(blob: bytes, found: Probe, sizes: Sequence[Size]) -> Iterator[str]:
    header = found.header
    if found.original is RAW:
        yield "RAW: its full-size JPEG was used"
    is_jpeg = found.format is JPEG
    if is_jpeg and sizes:
        stored = header.width, header.height
        plan = resize_plan.make(stored, header.orientation, sizes, scalable=True)
        if plan.eighths in _SCALES:
            yield f"decoded at {_SCALES[plan.eighths]}"
    if header.orientation > 1:
        yield f"turned upright (EXIF {header.orientation})"
    if is_jpeg:
        yield from _colours(found.preview or blob)
    if header.hdr:
        yield "tone-mapped from HDR"
    if header.frames > 1:
        yield f"{header.frames} frames"


def _colours(blob: bytes) -> Iterator[str]:
    """What becomes of a JPEG's colours."""
    cmyk = profile = False
    try:
        for code, _, body, after in jpeg.header_segments(blob):
            profile = profile or blob.startswith(b"ICC_PROFILE\0", body)
            has_components = code in _FRAMES and after > body + _COMPONENTS
            cmyk = cmyk or (has_components and blob[body + _COMPONENTS] == _CMYK)
    except (BrokenHeaderError, IndexError):
        return
    if cmyk:
        yield "CMYK converted to sRGB"
    elif profile:
        yield "colour profile converted to sRGB"


def _of_variant(
    size: Size, made: tuple[int, int], original: tuple[int, int]
) -> Iterator[str]:
    if size.make == REQUEST:
        yield "made on request"
    if size.crop:
        yield _crop(size)
    if size.sharpen and made[0] < original[0]:
        yield "sharpened"
    if size.watermark and made[0] >= size.watermark.min_width:
        yield "watermark"


def _crop(size: Size) -> str:
    if size.focus:
        return f"cropped, focus {size.focus}"
    return "cropped, gravity auto" if size.gravity == AUTO else "cropped"
