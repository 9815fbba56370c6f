"""Small test images, made by code."""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

from local.demo.sample_photos import exif_orientation as exif_orientation  # noqa: PLC0414 - re-export
from resize_on_upload.imaging.formats import sniff
from resize_on_upload.imaging.imagemagick import magick

if TYPE_CHECKING:
    from collections.abc import Sequence

CORNERS = {
    "red": (220, 30, 30),
    "green": (30, 180, 40),
    "blue": (30, 40, 220),
    "yellow": (230, 220, 40),
}


def png(width: int, height: int, *, alpha: bool = False) -> bytes:
    """Four quarters: red, green above blue, yellow; alpha decreases to the left."""
    upper = (height + 1) // 2
    top = b"\0" + _row(width, ("red", "green"), alpha=alpha)
    bottom = b"\0" + _row(width, ("blue", "yellow"), alpha=alpha)
    rows = top * upper + bottom * (height - upper)
    return _png(width, height, 6 if alpha else 2, rows)


def png_of(rows: Sequence[Sequence[tuple[int, ...]]]) -> bytes:
    """A PNG of these pixels, three or four channels each."""
    body = b"".join(b"\0" + b"".join(map(bytes, row)) for row in rows)
    kind = {3: 2, 4: 6}[len(rows[0][0])]
    return _png(len(rows[0]), len(rows), kind, body)


def noise(side: int) -> bytes:
    """A square PNG that cannot be compressed: 3 bytes per pixel, always the same."""
    source = random.Random(side)  # noqa: S311 - not a secret
    rows = b"".join(b"\0" + source.randbytes(3 * side) for _ in range(side))
    return _png(side, side, 2, rows)


def photo(width: int, height: int) -> bytes:
    """A PNG that is smooth, with much noise of a sensor: always the same."""
    source = random.Random(7)  # noqa: S311 - not a secret
    points = ((x, y) for y in range(height) for x in range(width))
    smooth = ((x % 170, y % 180, (x + y) % 160) for x, y in points)
    pixels = [tuple(v + source.randrange(75) for v in one) for one in smooth]
    return png_of([pixels[at : at + width] for at in range(0, len(pixels), width)])


def heavy(side: int, more: int) -> bytes:
    """A square of 16 bits per channel, uncompressed, with `more` bytes of metadata."""
    row = bytes(range(256)) * (side * 8 // 256 + 1)
    header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    pixels = zlib.compress((b"\0" + row[: side * 8]) * side, 0)
    parts = (
        (b"IHDR", header),
        (b"prIv", b"\0" * more),
        (b"IDAT", pixels),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def gif(
    canvas: tuple[int, int], *frames: tuple[tuple[int, int, int, int], int]
) -> bytes:
    """An animation whose frames are boxes of one colour, those of CORNERS in turn.

    It has no transparent colour, and loops forever.

    Args:
        canvas: Width and height.
        frames: The box (left, top, width, height) and the disposal of each frame.
    """
    colours = b"".join(map(bytes, CORNERS.values())).ljust(3 * 128, b"\0")
    loops = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    parts = [b"GIF89a", struct.pack("<HHBBB", *canvas, 0xF6, 0, 0), colours, loops]
    for index, (box, disposal) in enumerate(frames):
        parts += [b"!\xf9\x04", struct.pack("<BHBB", disposal << 2, 7, 0, 0)]
        parts += [struct.pack("<BHHHHBB", 0x2C, *box, 0, 7)]
        parts += [_blocks(bytes([index % len(CORNERS)]) * (box[2] * box[3]))]
    return b"".join(parts) + b";"


def _blocks(indices: bytes) -> bytes:
    """GIF's data, not compressed: codes stay bytes if the table is cleared often."""
    chunks = (indices[at : at + 100] for at in range(0, len(indices), 100))
    codes = b"".join(b"\x80" + chunk for chunk in chunks) + b"\x81"
    blocks = (codes[at : at + 255] for at in range(0, len(codes), 255))
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def webp_animation(canvas: tuple[int, int], *stills: bytes) -> bytes:
    """An animation of whole frames, none blended with the one before."""
    size = b"".join((side - 1).to_bytes(3, "little") for side in canvas)
    body = riff_chunk(b"VP8X", b"\x12\0\0\0" + size) + riff_chunk(b"ANIM", bytes(6))
    for still in stills:
        head = bytes(6) + size + (70).to_bytes(3, "little") + b"\2"
        body += riff_chunk(b"ANMF", head + still[12:])
    return riff_chunk(b"RIFF", b"WEBP" + body)


def riff_chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a WebP, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _png(width: int, height: int, kind: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, body)
        for name, body in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        )
    )


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk (PNG specification, 5.3)."""
    checksum = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + checksum


def encoded(fmt: str, width: int = 120, height: int = 80) -> bytes:
    """The four quarters, in any format that ImageMagick on this machine writes."""
    with magick.Image(blob=png(width, height), format="png") as image:
        image.compression_quality = 95
        return bytes(image.make_blob(fmt))


def corners(blob: bytes, fmt: str) -> tuple[str, str, str, str]:
    """The nearest colour names of the four corners, in reading order."""
    with magick.Image(blob=blob, format=fmt) as image:
        image.transform_colorspace("srgb")
        right, bottom = image.width - 3, image.height - 3
        pixels = [image[x, y] for y in (2, bottom) for x in (2, right)]
    found = [_nearest((p.red_int8, p.green_int8, p.blue_int8)) for p in pixels]
    return found[0], found[1], found[2], found[3]


def dimensions(blob: bytes) -> tuple[int, int]:
    """Width and height of an image."""
    with magick.Image(blob=blob, format=sniff(blob).name) as image:
        return image.width, image.height


def difference(one: bytes, other: bytes, fmt: str) -> float:
    """How far two images of the same size differ: 0 not at all, 1 black from white."""
    with (
        magick.Image(blob=one, format=fmt) as a,
        magick.Image(blob=other, format=fmt) as b,
    ):
        return float(a.compare(b, metric="root_mean_square")[1])


def _row(width: int, colours: tuple[str, str], *, alpha: bool) -> bytes:
    pixels = (CORNERS[colours[0 if x < width / 2 else 1]] for x in range(width))
    if not alpha:
        return b"".join(bytes(pixel) for pixel in pixels)
    return b"".join(
        bytes((*pixel, 255 * x // max(width - 1, 1))) for x, pixel in enumerate(pixels)
    )


def _nearest(pixel: tuple[int, int, int]) -> str:
    def distance(name: str) -> int:
        return sum((a - b) ** 2 for a, b in zip(CORNERS[name], pixel, strict=True))

    return min(CORNERS, key=distance)
