"""Files of watermarks, made by code."""

from __future__ import annotations

import struct
import zlib

from tests.support import images

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def plain(
    width: int = 40, height: int = 20, color: tuple[int, ...] = (255, 0, 0)
) -> bytes:
    """A PNG of one colour: red, green and blue, perhaps alpha."""
    return images.png_of([[color] * width] * height)


def png(  # noqa: PLR0913 - each has a default
    width: int = 4,
    height: int = 4,
    *,
    bits: int = 8,
    colours: int = 6,
    row: int | None = None,
    extra: tuple[tuple[bytes, bytes], ...] = (),
    methods: tuple[int, int, int] = (0, 0, 0),
    palette: bytes = bytes(12),
    pixels: bytes | None = None,
) -> bytes:
    """A PNG with any header.

    Args:
        width: As in the header.
        height: As in the header.
        bits: Per channel.
        colours: The type of colours: 0, 2, 3, 4 or 6.
        row: Bytes of each row, if not what the header says.
        extra: Name and content of other chunks.
        methods: The header's last three values; the third is 1 if it is interlaced.
        palette: Its content, if the colours have one; empty for none.
        pixels: The rows, if not black ones.
    """
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colours, 1)
    length = (width * bits * channels + 7) // 8 if row is None else row
    header = struct.pack(">IIBBBBB", width, height, bits, colours, *methods)
    listed = ((b"PLTE", palette),) if colours == 3 and palette else ()
    rows = bytes((1 + length) * height) if pixels is None else pixels
    parts = (
        (b"IHDR", header),
        *listed,
        *extra,
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(images.chunk(*part) for part in parts)
