"""JPEG's markers (ITU-T T.81, annex B; EXIF 2.32, 4.7)."""

from __future__ import annotations

import re
import struct
from itertools import islice
from typing import TYPE_CHECKING

from . import exif
from .base import BrokenHeaderError, Header, PartBudget, UnknownVariantError, number

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOI, _EOI, _SOS, _APP0, _APP1, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xFE
_WITHOUT_LENGTH = {0x01, _SOI, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_DECODED = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}  # Huffman and arithmetic, not lossless
_APPLICATIONS = {*range(0xE0, 0xF0), _COM}
_KEPT_APPLICATIONS = (b"JFIF\0", b"ICC_PROFILE\0", b"Adobe")
_PROGRESSIVE = {0xC2, 0xCA}
_BITS = 8

# A marker is FF and a code; FF00 is a stuffed byte and D0-D7 restart the scan.
# It may be preceded by any number of FFs; the last one counts.
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)


def read(
    blob: bytes,
    max_frames: int,  # noqa: ARG001 - one frame only
    budget: PartBudget | None = None,
) -> Header:
    """Read everything up to the first frame header.

    Args:
        blob: The file.
        max_frames: As for other formats.
        budget: Of segments to read, if several files share one.
    """
    block, metadata, at = b"", 0, 2
    budget = budget or PartBudget()
    while match := _MARKER.search(blob, at):
        budget.take()
        if match[1][0] in (_EOI, _SOS):
            break
        code, at = match[1][0], match.end()
        if code in _WITHOUT_LENGTH:
            continue
        length = number(blob, at, 2)
        body = blob[at + 2 : at + max(length, 2)]
        if code in _FRAMES:
            width, height = _frame(code, body)
            return Header(
                width,
                height,
                orientation=exif.orientation(block),
                progressive=code in _PROGRESSIVE,
                metadata=metadata,
                credit=exif.credit(block),
                exif=block,
            )
        if code == _APP1 and body.startswith(b"Exif\0\0"):
            block = body  # the last counts; each takes up to a millisecond to read
        if code == _COM or _APP0 < code <= _APP0 + 15:
            metadata += length
        at += max(length, 2)
    msg = "it has no frame header"
    raise BrokenHeaderError(msg)


def is_complete(blob: bytes) -> bool:
    """Whether the image has its end marker, not only that of its thumbnail.

    It comes after the first scan's header; pixels are stuffed and contain no marker.
    """
    for code, begin, _, _ in _segments(blob):
        if code in (_EOI, _SOS):
            return blob.rfind(bytes((0xFF, _EOI))) > begin
    return False


def header_segments(blob: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Each marker before the pixels: its code and offset, where its content is."""
    for segment in _segments(blob):
        if segment[0] in (_EOI, _SOS):
            return
        yield segment


def segment(code: int, body: bytes) -> bytes:
    """A segment of at most 65,533 bytes, with its marker and its length."""
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def end(blob: bytes) -> int:
    """Where the image ends: another may follow it.

    Raises:
        BrokenHeaderError: it has no end marker.
    """
    for code, _, _, after in _segments(blob):
        if code == _EOI:
            return after
    msg = "it has no end marker"
    raise BrokenHeaderError(msg)


def scans(blob: bytes, most: int) -> int:
    """The number of scans; counting stops at `most`."""
    found = (1 for code, _, _, _ in _segments(blob) if code == _SOS)
    return sum(islice(found, most))


def strip_ancillary(blob: bytes) -> bytes:
    """Drop all APPn and COM segments except JFIF, ICC profile and Adobe.

    ImageMagick formats each EXIF entry as text, which takes longer than a thumbnail.
    Nothing is copied if there are none.
    """
    kept, start = [], 0
    for code, begin, body, after in header_segments(blob):
        if code in _APPLICATIONS and not blob.startswith(_KEPT_APPLICATIONS, body):
            kept.append(blob[start:begin])
            start = after
    return b"".join((*kept, memoryview(blob)[start:])) if start else blob


def drop_ac_scans(blob: bytes) -> bytes:
    """Drop the scans of a progressive JPEG that a decode at 1/8 does not need.

    Such a decode uses one value per block, the DC coefficient; the scans of the others,
    AC (T.81, G.1.1.1.1: a spectral selection from 1 on), only cost time and memory.
    Components at half the resolution are decoded at 1/4: their scans are kept.
    """
    kept, start, full = [], 0, set[int]()
    for code, begin, body, after in _segments(blob):
        if start == len(blob):  # after a scan that was dropped
            start = begin
        if code == _EOI:
            break
        if code in _FRAMES:
            full = _at_full_resolution(blob[body:after])
        if code == _SOS and _is_ac_scan(blob[body:after], full):
            kept.append(blob[start:begin])
            start = len(blob)
    return b"".join((*kept, memoryview(blob)[start:]))


def _segments(blob: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Each marker's code, its offset, and the start and end of its content.

    The pixels after a scan's header contain no marker and are skipped.
    """
    at, budget = 2, PartBudget()
    while match := _MARKER.search(blob, at):
        budget.take()
        code, at = match[1][0], match.end()
        if code in _WITHOUT_LENGTH:
            continue
        body = at + 2
        if code != _EOI:
            at += max(int.from_bytes(blob[at:body], "big"), 2)
        yield code, match.start(), body, at


def _is_ac_scan(scan: bytes, full: set[int]) -> bool:
    """Whether a scan header (Ns, Cs, tables, Ss, Se) has AC values of one of these."""
    return len(scan) > 3 and scan[0] == 1 and scan[1] in full and scan[3] > 0  # noqa: PLR2004 - bytes


def _at_full_resolution(frame: bytes) -> set[int]:
    """Ids of the components that are not subsampled (T.81, B.2.2)."""
    sampling = {frame[at]: frame[at + 1] for at in range(6, len(frame) - 1, 3)}
    across = max((factors >> 4 for factors in sampling.values()), default=0)
    down = max((factors & 15 for factors in sampling.values()), default=0)
    return {name for name, factors in sampling.items() if factors == across << 4 | down}


def _frame(code: int, body: bytes) -> tuple[int, int]:
    depth, height, width = number(body, 0, 1), number(body, 1, 2), number(body, 3, 2)
    if code not in _DECODED or depth != _BITS:
        msg = f"a JPEG of {depth} bits, frame type {code - 0xC0}, is not decoded here"
        raise UnknownVariantError(msg)
    return width, height
