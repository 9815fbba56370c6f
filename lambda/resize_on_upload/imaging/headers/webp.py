"""WebP's chunks (https://developers.google.com/speed/webp/docs/riff_container)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import exif
from .base import MAX_PARTS, BrokenHeaderError, Header, number

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYFRAME = b"\x9d\x01\x2a"
_LOSSLESS = 0x2F
_EXTRAS = {b"EXIF", b"XMP ", b"ICCP"}
_CODED = (b"VP8 ", b"VP8L", b"ALPH")  # codespell:ignore alph
"""What a frame begins with: lossy, lossless, or lossy with an alpha channel."""
_MAX_PLAYS = 0xFFFF


def read(blob: bytes, max_frames: int) -> Header:
    """Read the canvas and EXIF's orientation, and count the frames."""
    size, frames, block, metadata = None, 0, b"", 0
    for name, at, length in _chunks(blob):
        if frames > max_frames:
            break
        if name in (b"VP8 ", b"VP8L", b"VP8X") and size is None:
            size = _SIZES[name](blob, at + 8)
        elif name == b"ANMF":
            frames += 1
        elif name == b"EXIF":
            block = blob[at + 8 : at + 8 + length]
        metadata += length if name in _EXTRAS else 0
    if size is None:
        msg = "it has no image"
        raise BrokenHeaderError(msg)
    return Header(
        *size,
        frames=max(frames, 1),
        orientation=exif.orientation(block),
        metadata=metadata,
        credit=exif.credit(block),
        exif=block,
    )


def first_frame(blob: bytes) -> bytes:
    """Drop all frames after the first.

    ImageMagick decodes all of them, even if only one is requested. A truncated file is
    left as it is: the decoder reports it.
    """
    if 8 + number(blob, 4, 4, "little") > len(blob):
        return blob
    for name, at, length in _chunks(blob):
        if name == b"ANMF":
            kept = blob[8 : at + 8 + length + length % 2]
            return b"RIFF" + len(kept).to_bytes(4, "little") + kept
    return blob


def is_lossless(blob: bytes) -> bool:
    """Whether its image is coded without loss; of an animation, the first frame."""
    for name, at, _ in _chunks(blob):
        kind = blob[at + 24 : at + 28] if name == b"ANMF" else name
        if kind in _CODED:
            return kind == b"VP8L"
    return False


def set_plays(blob: bytes, plays: int) -> bytes:
    """Set how often an animation is played, 0 for endlessly.

    A still image has no such number, and is left as it is.
    """
    for name, at, length in _chunks(blob):
        if name == b"ANIM" and length >= 6 and at + 14 <= len(blob):  # noqa: PLR2004 - a colour and the number
            count = min(plays, _MAX_PLAYS).to_bytes(2, "little")
            return blob[: at + 12] + count + blob[at + 14 :]
    return blob


def _chunks(blob: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, offset and length of each chunk; the last may be cut off."""
    at = 12
    for _ in range(MAX_PARTS):
        if at + 8 > len(blob):
            return
        length = number(blob, at + 4, 4, "little")
        yield blob[at : at + 4], at, length
        at += 8 + length + length % 2


def _lossy(blob: bytes, at: int) -> tuple[int, int]:
    if blob[at + 3 : at + 6] != _KEYFRAME:
        msg = "its image does not begin with a key frame"
        raise BrokenHeaderError(msg)
    width, height = number(blob, at + 6, 2, "little"), number(blob, at + 8, 2, "little")
    return width & 0x3FFF, height & 0x3FFF


def _lossless(blob: bytes, at: int) -> tuple[int, int]:
    if number(blob, at, 1) != _LOSSLESS:
        msg = "its lossless image has no signature"
        raise BrokenHeaderError(msg)
    bits = number(blob, at + 1, 4, "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _extended(blob: bytes, at: int) -> tuple[int, int]:
    width, height = number(blob, at + 4, 3, "little"), number(blob, at + 7, 3, "little")
    return width + 1, height + 1


_SIZES = {b"VP8 ": _lossy, b"VP8L": _lossless, b"VP8X": _extended}
