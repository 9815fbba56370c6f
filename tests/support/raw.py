"""RAW photos, laid out as cameras do, made by code: only their previews are images."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOSSLESS = b"\xff\xd8\xff\xc3\0\x0b\x0e\0\x10\0\x10\1\0\x11\0\xff\xda" + bytes(40_000)
"""The beginning of a raw image as a lossless JPEG: larger than any preview here."""

FULL = 240, 160
SENSOR = 248, 166
"""The size of the raw image: cameras leave out its edges."""

THUMBNAIL = images.encoded("jpeg", 30, 20)
ADOBE_RGB = 3  # DNG's PreviewColorSpace

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _MAKE = 256, 257, 258, 259, 262, 271
_KIND, _STRIP, _ORIENTATION, _STRIP_BYTES = 254, 273, 274, 279
_SUB_DIRECTORIES, _JPEG, _JPEG_BYTES, _EXIF = 330, 513, 514, 0x8769
_DNG_VERSION, _PREVIEW_COLORS = 50_706, 50_970
_CFA = 32_803


@dataclass(frozen=True)
class Data:
    """Bytes at an offset, which may be a lie."""

    body: bytes
    offset: int | None = None


@dataclass(frozen=True)
class Directory:
    """Tag → numbers, text, data that an offset leads to, or directories."""

    entries: Mapping[int, object]


@dataclass(frozen=True)
class Photo:
    """What a RAW photo contains.

    Attributes:
        preview: The file of the large preview.
        length: Of the preview, as the tags say; None for the truth.
        offset: Likewise.
        sensor: Width and height of the raw image.
        orientation: EXIF's; None for no tag.
        adobe_rgb: Whether the tags say that the preview is in Adobe RGB.
    """

    preview: bytes = field(default_factory=lambda: images.encoded("jpeg", *FULL))
    length: int | None = None
    offset: int | None = None
    sensor: tuple[int, int] = SENSOR
    orientation: int | None = None
    adobe_rgb: bool = False

    @property
    def _data(self) -> tuple[Data, int]:
        length = len(self.preview) if self.length is None else self.length
        return Data(self.preview, self.offset), length

    def as_jpeg(self) -> dict[int, object]:
        """The tags of the preview, as a JPEG at an offset."""
        data, length = self._data
        return {_COMPRESSION: 6, _JPEG: data, _JPEG_BYTES: length}

    def as_strip(self, compression: int) -> dict[int, object]:
        """The tags of the preview, as the only strip of an image."""
        data, length = self._data
        return {_COMPRESSION: compression, _STRIP: data, _STRIP_BYTES: length}

    def raw(self, compression: int) -> Directory:
        """The directory of the raw image."""
        return Directory(
            {
                **self._size(*self.sensor),
                _KIND: 0,
                _COMPRESSION: compression,
                _PHOTOMETRIC: _CFA,
                _STRIP: Data(LOSSLESS),
                _STRIP_BYTES: len(LOSSLESS),
            }
        )

    def first(self, make: bytes) -> dict[int, object]:
        """The tags that every layout has in its first directory."""
        turned = {} if self.orientation is None else {_ORIENTATION: self.orientation}
        return {_MAKE: make, **turned, _EXIF: Directory(self._exif())}

    def _exif(self) -> dict[int, object]:
        width, height = self.sensor
        colors: dict[int, object] = {0xA001: 1}
        if self.adobe_rgb:
            colors = {0xA001: 0xFFFF, 0xA005: Directory({1: b"R03\0"})}
        return {0xA002: width, 0xA003: height, **colors}

    def _size(self, width: int, height: int) -> dict[int, object]:
        return {_WIDTH: width, _HEIGHT: height}


def thumbnail(width: int = 16, height: int = 12) -> dict[int, object]:
    """The tags of a small image without compression."""
    data = bytes(width * height * 3)
    return {
        _WIDTH: width,
        _HEIGHT: height,
        _BITS: (8, 8, 8),
        _KIND: 1,
        _COMPRESSION: 1,
        _PHOTOMETRIC: 2,
        _STRIP: Data(data),
        _STRIP_BYTES: len(data),
        277: 3,
        278: height,
    }


def dng(photo: Photo) -> bytes:
    """Adobe's: a thumbnail; below it, the raw image and the preview as a strip."""
    colors = {_PREVIEW_COLORS: ADOBE_RGB} if photo.adobe_rgb else {}
    photo = replace(photo, adobe_rgb=False)
    preview = {_KIND: 1, **photo.as_strip(7), _PHOTOMETRIC: 6, **colors}
    below = photo.raw(7), Directory(preview)
    tags = {**thumbnail(), **photo.first(b"Any"), _DNG_VERSION: (1, 4, 0, 0)}
    return file([Directory({**tags, _SUB_DIRECTORIES: below})])


def nef(photo: Photo) -> bytes:
    """Nikon's: a thumbnail; below it, the preview and the raw image."""
    below = Directory({_KIND: 1, **photo.as_jpeg()}), photo.raw(34_713)
    tags = {**thumbnail(), **photo.first(b"NIKON CORPORATION")}
    return file([Directory({**tags, _SUB_DIRECTORIES: below})], order=">")


def cr2(photo: Photo) -> bytes:
    """Canon's: preview, thumbnail, a small image and the raw one, without its size."""
    small = {**thumbnail(60, 40)}
    return file(
        [
            Directory({**photo.first(b"Canon"), **photo.as_strip(6), _WIDTH: 240}),
            Directory({_JPEG: Data(THUMBNAIL), _JPEG_BYTES: len(THUMBNAIL)}),
            Directory(small),
            Directory(
                {_COMPRESSION: 6, _STRIP: Data(LOSSLESS), _STRIP_BYTES: len(LOSSLESS)}
            ),
        ],
        mark=b"CR\2\0\0\0\0\0",
    )


def arw(photo: Photo) -> bytes:
    """Sony's: a smaller preview with the raw image below, a thumbnail, the preview."""
    small = {_JPEG: Data(THUMBNAIL), _JPEG_BYTES: len(THUMBNAIL)}
    return file(
        [
            Directory(
                {
                    **photo.first(b"SONY"),
                    **small,
                    _SUB_DIRECTORIES: (photo.raw(32_767),),
                }
            ),
            Directory(small),
            Directory(photo.as_jpeg()),
        ]
    )


LAYOUTS: dict[str, Callable[[Photo], bytes]] = {
    "dng": dng,
    "nef": nef,
    "cr2": cr2,
    "arw": arw,
}


def file(directories: list[Directory], *, order: str = "<", mark: bytes = b"") -> bytes:
    """A TIFF of these directories, one after another.

    Args:
        directories: At least one.
        order: `<` or `>`.
        mark: Bytes after the header.
    """
    writer = _Writer(order, mark)
    following = 0
    for directory in reversed(directories):
        following = writer.directory(directory, following)
    return writer.finish(following)


class _Writer:
    """Puts what an offset leads to before the directory that has the offset."""

    def __init__(self, order: str, mark: bytes) -> None:
        self._order = order
        head = b"II*\0" if order == "<" else b"MM\0*"
        self._blob = bytearray(head + bytes(4) + mark)

    def directory(self, directory: Directory, following: int = 0) -> int:
        """Write a directory and what it leads to; return its offset."""
        entries = sorted(directory.entries.items())
        packed = [self._entry(tag, value) for tag, value in entries]
        count = self._pack("H", len(packed))
        return self._put(count + b"".join(packed) + self._pack("I", following))

    def finish(self, first: int) -> bytes:
        """The file, whose first directory is at an offset."""
        self._blob[4:8] = self._pack("I", first)
        return bytes(self._blob)

    def _entry(self, tag: int, value: object) -> bytes:
        kind, count, data = self._value(value)
        if len(data) > 4:
            data = self._pack("I", self._put(data))
        return self._pack("HHI", tag, kind, count) + data.ljust(4, b"\0")

    def _value(self, value: object) -> tuple[int, int, bytes]:
        """Type, number and bytes of an entry's values."""
        match value:
            case bytes():
                return 2, len(value) + 1, value + b"\0"
            case Data():
                at = self._put(value.body)
                at = at if value.offset is None else value.offset
                return 4, 1, self._pack("I", at)
            case Directory():
                return 4, 1, self._pack("I", self.directory(value))
            case int():
                short = value < 65_536
                return (
                    (3, 1, self._pack("H", value))
                    if short
                    else (4, 1, self._pack("I", value))
                )
            case tuple() if value and isinstance(value[0], Directory):
                offsets = [self.directory(one) for one in value]
                return 4, len(offsets), self._pack(f"{len(offsets)}I", *offsets)
            case tuple():
                return 1, len(value), bytes(value)
        raise TypeError(value)

    def _put(self, data: bytes) -> int:
        at = len(self._blob)
        self._blob += data + bytes(len(data) % 2)
        return at

    def _pack(self, form: str, *values: int) -> bytes:
        return struct.pack(self._order + form, *values)
