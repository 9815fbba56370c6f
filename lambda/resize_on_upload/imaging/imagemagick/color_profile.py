"""Convert colours from one ICC profile to another.

Little CMS, which ImageMagick uses for it, is called directly: ImageMagick 7 converts to
doubles and back, which takes six times as long for pixels of eight bits.
"""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from functools import cache
from typing import Any

from . import magick

_LIBRARY = "liblcms2.so.2"
_PERCEPTUAL = 0  # the intent that ImageMagick uses if a file names none
_FORMATS = {
    "RGB": 4 << 16 | 3 << 3 | 1,
    "RGBA": 4 << 16 | 1 << 7 | 3 << 3 | 1,
}  # lcms2.h
_BITS = 8


def convert(image: magick.Image, profile: bytes) -> None:
    """Convert the pixels from the image's profile to another one, and drop the profile.

    Raises:
        WandException: the image's profile is damaged or for another colour space.
    """
    if not _convert_eight_bits(image, profile):
        magick.convert_to_profile(image, profile)


def _convert_eight_bits(image: magick.Image, profile: bytes) -> bool:
    """Whether the image could be converted as RGB of eight bits."""
    own = image.profiles["icc"] or b""
    is_rgb = magick.colorspace(image) == "srgb" and own[16:20] == b"RGB "
    if not is_rgb or image.depth > _BITS or not _library():
        return False
    channels = "RGBA" if image.alpha_channel else "RGB"
    with ExitStack() as stack:
        transform = _transform(stack, own, profile, _FORMATS[channels])
        if not transform:
            return False
        width, height = image.size
        buffer = magick.pixels(image, channels)
        _library().cmsDoTransform(transform, buffer, buffer, width * height)
        magick.replace_pixels(image, width, height, channels, buffer)
    del image.profiles["icc"]
    return True


def _transform(stack: ExitStack, own: bytes, profile: bytes, form: int) -> int | None:
    library, opened = _library(), []
    for data in (own, profile):
        handle = library.cmsOpenProfileFromMem(data, len(data))
        if not handle:
            return None
        stack.callback(library.cmsCloseProfile, handle)
        opened.append(handle)
    transform: int | None = library.cmsCreateTransform(
        opened[0], form, opened[1], form, _PERCEPTUAL, 0
    )
    if transform:
        stack.callback(library.cmsDeleteTransform, transform)
    return transform


@cache
def _library() -> Any:
    """Little CMS; None if it is missing or has another name."""
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
    handle, number = ctypes.c_void_p, ctypes.c_uint32
    library.cmsOpenProfileFromMem.argtypes = (ctypes.c_char_p, number)
    library.cmsOpenProfileFromMem.restype = handle
    library.cmsCloseProfile.argtypes = (handle,)
    library.cmsCreateTransform.argtypes = (
        *(handle, number, handle, number),
        *(number, number),
    )
    library.cmsCreateTransform.restype = handle
    library.cmsDeleteTransform.argtypes = (handle,)
    library.cmsDoTransform.argtypes = (handle, ctypes.c_void_p, ctypes.c_void_p, number)
    return library
