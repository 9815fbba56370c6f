"""BMP's headers (https://learn.microsoft.com/windows/win32/gdi/bitmap-storage)."""

from __future__ import annotations

from .base import BrokenHeaderError, Header, UnknownVariantError, number

_OS2, _INFO = 12, 40
_WITHOUT_ALPHA = range(41, 56)  # decoders take pixels for the mask that is missing
_EMBEDDED = {4: "an embedded JPEG or OS/2's RLE24", 5: "an embedded PNG"}


def read(blob: bytes, max_frames: int) -> Header:  # noqa: ARG001 - one frame only
    """Read the size; a negative height means that rows are stored from the top."""
    size = number(blob, 14, 4, "little")
    if size == _OS2:
        width, height = number(blob, 18, 2, "little"), number(blob, 20, 2, "little")
    elif size >= _INFO or size == 16:  # noqa: PLR2004 - OS/2 2.x, short
        width, height = (_signed(blob, at) for at in (18, 22))
        _refuse_embedded(blob, size)
        _refuse_rare(size)
    else:
        msg = f"its header claims {size} bytes"
        raise BrokenHeaderError(msg)
    return Header(width, abs(height))


def _refuse_embedded(blob: bytes, size: int) -> None:
    """Refuse another format inside (BI_JPEG, BI_PNG): its header is not checked."""
    inside = _EMBEDDED.get(number(blob, 30, 4, "little")) if size >= _INFO else None
    if inside:
        msg = f"the BMP holds {inside}, which is not read; save it as PNG"
        raise UnknownVariantError(msg)


def _refuse_rare(size: int) -> None:
    if size in _WITHOUT_ALPHA:
        msg = f"the BMP has a rare kind of header ({size} bytes); save it as PNG"
        raise UnknownVariantError(msg)


def _signed(blob: bytes, at: int) -> int:
    value = number(blob, at, 4, "little")
    return value - (1 << 32) if value >> 31 else value
