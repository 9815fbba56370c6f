"""The image that self-tests and smoke tests use, made without any library."""

from __future__ import annotations

import struct
import zlib

SIDE = 64
_RED, _BLUE = (200, 60, 40), (40, 90, 200)


def checkerboard_png() -> bytes:
    """A PNG of red and blue squares of 16 pixels."""
    rows = b"".join(b"\0" + _row(y) for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body))
        + kind
        + body
        + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _row(y: int) -> bytes:
    return b"".join(
        bytes(_RED if (x // 16 + y // 16) % 2 else _BLUE) for x in range(SIDE)
    )
