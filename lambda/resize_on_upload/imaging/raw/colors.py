"""The colour space of a RAW photo's preview, as a profile in the preview itself.

Cameras write no profile: EXIF or the DNG's directory names the colour space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import srgb
from ..headers import jpeg
from . import directories

if TYPE_CHECKING:
    from .directories import Directory

_EXIF, _COLOR_SPACE, _INTEROPERABILITY, _INDEX = 0x8769, 0xA001, 0xA005, 1
_PREVIEW_COLOR_SPACE = 50_970  # DNG 1.4
_APP2 = 0xE2
_ICC = b"ICC_PROFILE\0"

# Adobe RGB (1998), 4.3.1, and ISO 22028-2 (ROMM RGB, or ProPhoto), adapted to D50.
ADOBE_RGB = srgb.profile(
    {
        b"rXYZ": (0.60974, 0.31111, 0.01947),
        b"gXYZ": (0.20528, 0.62567, 0.06087),
        b"bXYZ": (0.14919, 0.06322, 0.74457),
    },
    name="Adobe RGB (1998)",
    gamma=563 / 256,
)
PROPHOTO_RGB = srgb.profile(
    {
        b"rXYZ": (0.79767, 0.28804, 0.0),
        b"gXYZ": (0.13519, 0.71188, 0.0),
        b"bXYZ": (0.03134, 0.00009, 0.82491),
    },
    name="ROMM RGB",
    gamma=1.8,
)
_OF_DNG = {3: ADOBE_RGB, 4: PROPHOTO_RGB}


def with_profile(file: bytes, preview: Directory, first: Directory) -> bytes:
    """The preview with the profile of its colours, unless it has one or is in sRGB.

    Args:
        file: The preview.
        preview: The directory that leads to it.
        first: The file's first directory.
    """
    profile = _profile(preview, first)
    if not profile or _has_profile(file):
        return file
    segment = jpeg.segment(_APP2, _ICC + b"\1\1" + profile)
    return file[:2] + segment + file[2:]


def _has_profile(file: bytes) -> bool:
    return any(
        file.startswith(_ICC, body) for _, _, body, _ in jpeg.header_segments(file)
    )


def _profile(preview: Directory, first: Directory) -> bytes | None:
    named = preview.first(_PREVIEW_COLOR_SPACE)
    if named is not None:
        return _OF_DNG.get(named)
    exif = directories.read_at(first.blob, first.first(_EXIF))
    return ADOBE_RGB if exif and _is_adobe_rgb(exif) else None


def _is_adobe_rgb(exif: Directory) -> bool:
    """Whether EXIF says so: by DCF 2.0's option file, or by a value outside EXIF."""
    if exif.first(_COLOR_SPACE) == 2:  # noqa: PLR2004 - as some cameras write it
        return True
    more = directories.read_at(exif.blob, exif.first(_INTEROPERABILITY))
    return more is not None and more.text(_INDEX) == b"R03"
