"""The JPEG in a RAW photo: found by its tags, without decoding the sensor's values.

DNG, CR2, NEF, ARW and others are TIFFs. The raw image and the camera's JPEG of the
same photo, next to smaller ones, are in different directories.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import CorruptImage, TruncatedImage, UnsupportedVariant
from ..headers import exif, jpeg
from ..headers.base import BrokenHeaderError, PartBudget, UnknownVariantError
from . import colors, directories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..headers.base import Header
    from .directories import Directory

MIN_SIDE_PERCENT = 90
"""Of the raw image's width or height that a preview must have, to be shown for it.

The edges of a sensor do not belong to the photo, and a preview may be cropped to
another aspect ratio, which leaves one of the sides; a smaller preview has less of both.
"""

MAX_PREVIEWS = 8

_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC = 256, 257, 259, 262
_STRIPS, _STRIP_BYTES, _JPEG, _JPEG_BYTES = 273, 279, 513, 514
_ORIENTATION, _EXIF, _EXIF_WIDTH, _EXIF_HEIGHT = 274, 0x8769, 0xA002, 0xA003
_DNG_VERSION = 50_706
_JPEG_COMPRESSIONS = (6, 7)
_RAW_PHOTOMETRICS = (32_803, 34_892)  # a colour filter array, linear values of one
_CR2_MARK = b"CR\2\0"
_ADVICE = "upload the photo as JPEG, or a RAW with a full-size preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """A RAW photo's JPEG.

    Attributes:
        jpeg: The file, with the profile of its colours.
        header: That of the JPEG, with the orientation and the credit of the RAW photo.
    """

    jpeg: bytes
    header: Header


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a directory says that a JPEG is."""

    start: int
    length: int
    directory: Directory


@dataclass(frozen=True, slots=True)
class _Found:
    """A JPEG that can be decoded."""

    place: _Place
    header: Header

    @property
    def pixels(self) -> int:
        return self.header.width * self.header.height


def find(blob: bytes) -> Preview | None:
    """The largest preview of a RAW photo; None if a TIFF is not one.

    Raises:
        UnsupportedVariant: it has no preview in the photo's size.
        TruncatedImage, CorruptImage: a preview is cut off or not a JPEG.
    """
    try:
        found = directories.read_all(blob)
    except BrokenHeaderError:
        return None
    if not (found and _is_raw(blob, found)):
        return None
    previews, problems = _readable(blob, _places(found))
    size = _raw_size(found)
    best = max(previews, key=lambda each: each.pixels, default=None)
    if best and _is_full_size((best.header.width, best.header.height), size):
        return _preview(blob, best, found[0])
    for problem in problems:
        raise problem
    raise UnsupportedVariant(_too_small(best, size))


def _is_raw(blob: bytes, found: Iterable[Directory]) -> bool:
    return blob[8:12] == _CR2_MARK or any(
        _DNG_VERSION in one.entries or one.first(_PHOTOMETRIC) in _RAW_PHOTOMETRICS
        for one in found
    )


def _places(found: Iterable[Directory]) -> list[_Place]:
    """Where JPEGs may be, each place once, the longest first."""
    places = {
        (start, length): _Place(start, length, one)
        for one in found
        for start, length in _claimed(one)
        if start and length
    }
    longest = sorted(places.values(), key=lambda place: place.length, reverse=True)
    return longest[:MAX_PREVIEWS]


def _claimed(one: Directory) -> Iterator[tuple[int, int]]:
    yield one.first(_JPEG) or 0, one.first(_JPEG_BYTES) or 0
    starts, lengths = one.numbers(_STRIPS), one.numbers(_STRIP_BYTES)
    is_jpeg = one.first(_COMPRESSION) in _JPEG_COMPRESSIONS
    if is_jpeg and len(starts) == len(lengths) == 1:
        yield starts[0], lengths[0]


def _readable(
    blob: bytes, places: Iterable[_Place]
) -> tuple[list[_Found], list[CorruptImage | TruncatedImage]]:
    """The JPEGs to choose from, and what is wrong with others."""
    budget, unread, found = PartBudget(), len(blob), []
    problems: list[CorruptImage | TruncatedImage] = []
    for place in places:
        if unread < 0:  # as no file is whose previews do not overlap
            break
        try:
            file = _file(blob, place)
            unread -= len(file)
            found.append(_Found(place, _header(file, place, budget)))
        except UnknownVariantError:  # the raw image itself, as a lossless JPEG
            continue
        except (CorruptImage, TruncatedImage) as problem:
            problems.append(problem)
    return found, problems


def _file(blob: bytes, place: _Place) -> bytes:
    file = blob[place.start : place.start + place.length]
    if len(file) < place.length:
        msg = (
            f"the raw ends at byte {len(blob)}, before its preview does; upload the "
            "whole file"
        )
        raise TruncatedImage(msg)
    return file


def _header(file: bytes, place: _Place, budget: PartBudget) -> Header:
    if not file.startswith(b"\xff\xd8\xff"):
        msg = f"the raw's preview at byte {place.start} is not a JPEG; {_ADVICE}"
        raise CorruptImage(msg)
    try:
        return jpeg.read(file, 1, budget)
    except BrokenHeaderError as error:
        msg = f"the raw's preview at byte {place.start} cannot be decoded: {error}"
        raise CorruptImage(msg) from error


def _raw_size(found: list[Directory]) -> tuple[int, int]:
    """The size of the raw image; Canon's has none, but EXIF has the photo's."""
    sizes = [
        (one.first(_WIDTH) or 0, one.first(_HEIGHT) or 0)
        for one in found
        if one.first(_PHOTOMETRIC) in _RAW_PHOTOMETRICS
    ]
    first = found[0]
    if more := directories.read_at(first.blob, first.first(_EXIF)):
        sizes.append((more.first(_EXIF_WIDTH) or 0, more.first(_EXIF_HEIGHT) or 0))
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _is_full_size(preview: tuple[int, int], raw: tuple[int, int]) -> bool:
    pairs = zip(sorted(preview), sorted(raw), strict=True)
    return any(100 * a >= MIN_SIDE_PERCENT * b > 0 for a, b in pairs)


def _too_small(best: _Found | None, size: tuple[int, int]) -> str:
    if best is None:
        return f"the raw has no JPEG preview; {_ADVICE}"
    header = best.header
    return (
        f"the raw's largest JPEG preview has {header.width}x{header.height} pixels, "
        f"the photo {size[0]}x{size[1]}; {_ADVICE}"
    )


def _preview(blob: bytes, best: _Found, first: Directory) -> Preview:
    """The preview, turned as the RAW photo asks for: it is stored as the sensor is."""
    place, header = best.place, best.header
    file = blob[place.start : place.start + place.length]
    header = replace(header, credit=exif.credit(blob) or header.credit)
    if _ORIENTATION in first.entries:
        header = replace(header, orientation=exif.orientation(blob))
    return Preview(colors.with_profile(file, place.directory, first), header)
