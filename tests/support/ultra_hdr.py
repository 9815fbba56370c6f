"""JPEGs with a gain map, as phones write them, made by code.

Nothing of the function's own reader or writer is used here.
"""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image as Pillow

from tests.support import images

XMP = b"http://ns.adobe.com/xap/1.0/\0"
ISO = b"urn:iso:std:iso:ts:21496:-1\0"
NUMBERS = {
    "Version": "1.0",
    "GainMapMin": "0.250000",
    "GainMapMax": "2.500000",
    "HDRCapacityMin": "0.000000",
    "HDRCapacityMax": "2.500000",
    "OffsetSDR": "0.015625",
    "OffsetHDR": "0.015625",
    "Gamma": "1.000000",
}
DARK, BRIGHT = 40, 230
_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
_HDRGM = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"'


def segment(code: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with more segments at its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def mpf(*entries: tuple[int, int], count: int | None = None) -> bytes:
    """An index of images: the length of each, and its offset from the index."""
    number = len(entries) if count is None else count
    head = b"MM\0*" + struct.pack(">IH", 8, 3)
    head += struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    head += struct.pack(">HHII", 0xB001, 4, 1, number)
    head += struct.pack(">HHII", 0xB002, 7, 16 * number % 2**32, 50) + bytes(4)
    table = b"".join(struct.pack(">IIIHH", 0, *entry, 0, 0) for entry in entries)
    return segment(0xE2, b"MPF\0" + head + table)


def xmp(attributes: str, inner: str = "") -> bytes:
    """A segment with one description."""
    text = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {_RDF}>'
        f'<rdf:Description rdf:about="" {attributes}>{inner}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    )
    return segment(0xE1, XMP + text.encode())


def numbers(**changed: str) -> bytes:
    """The metadata of a gain map as Ultra HDR has it; an empty text leaves one out."""
    listed = {**NUMBERS, **changed}
    return xmp(
        " ".join([_HDRGM, *(f'hdrgm:{k}="{v}"' for k, v in listed.items() if v)])
    )


def directory(length: int, semantic: str = "GainMap", padding: int = 0) -> bytes:
    """The base's list of the images that follow it."""
    items = (("Primary", 0, padding), (semantic, length, 0))
    inner = "".join(
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" '
        f'Item:Semantic="{name}" Item:Length="{size}" Item:Padding="{pad}"/></rdf:li>'
        for name, size, pad in items
    )
    spaces = "http://ns.google.com/photos/1.0/container/"
    names = f'xmlns:Container="{spaces}" xmlns:Item="{spaces}item/"'
    return xmp(
        f'{_HDRGM} {names} hdrgm:Version="1.0"',
        "<Container:Directory><rdf:Seq>" + inner + "</rdf:Seq></Container:Directory>",
    )


def joined(base: bytes, gain_map: bytes, *others: bytes) -> bytes:
    """The base, with an index of the images, and the images."""
    index = 2 + 4 + 4  # after the marker, its length and the name
    first = with_segments(base, mpf((0, 0), *((0, 0) for _ in (gain_map, *others))))
    start, entries = len(first), [(len(first), 0)]
    for one in (gain_map, *others):
        entries.append((len(one), start - index))
        start += len(one)
    return b"".join((with_segments(base, mpf(*entries)), gain_map, *others))


def grey(width: int, height: int) -> bytes:
    """A JPEG of one channel: dark in the upper left quarter, bright elsewhere."""
    image = Pillow.new("L", (width, height), BRIGHT)
    image.paste(DARK, (0, 0, width // 2, height // 2))
    return encoded(image)


def encoded(image: Pillow.Image, **options: Any) -> bytes:
    """A JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=98, **options)
    return file.getvalue()


def photo(
    width: int = 240,
    height: int = 160,
    orientation: int = 1,
    scale: int = 4,
    exif: bytes = b"",
) -> bytes:
    """The four quarters, with a gain map of a quarter of their dimensions."""
    base = with_segments(images.encoded("jpeg", width, height), exif)
    if orientation != 1:
        base = images.exif_orientation(base, orientation)
    return joined(base, gain_map(width // scale, height // scale))


def gain_map(width: int = 60, height: int = 40, **changed: str) -> bytes:
    """A gain map with its metadata."""
    return with_segments(grey(width, height), numbers(**changed))
