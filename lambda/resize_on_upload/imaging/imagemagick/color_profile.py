"""Convert colours from one ICC profile to another.

Little CMS, which ImageMagick uses for it, is called directly: ImageMagick 7 converts to
doubles and back, which takes six times as long for pixels of eight bits. A profile for
which Little CMS would not be exact, because of a table of colours or an odd curve, is
left to ImageMagick.
"""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from functools import cache, lru_cache
from itertools import product
from typing import Any

from . import magick

_LIBRARY = "liblcms2.so.2"
_PERCEPTUAL = 0  # the intent that ImageMagick uses if a file names none
_INTENTS = {"relative": 1, "saturation": 2, "absolute": 3}  # of a BMP, for example
_QUICK, _EXACT = 0, 0x100  # cmsFLAGS_NOOPTIMIZE
_TABLES = ("A2B0", "A2B1", "A2B2", "D2B0", "D2B1", "D2B2", "D2B3")
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
        convert_to_profile(image, profile)


def _convert_eight_bits(image: magick.Image, profile: bytes) -> bool:
    """Whether the image could be converted as RGB of eight bits."""
    own = image.profiles["icc"] or b""
    is_rgb = magick.colorspace(image) == "srgb" and own[16:20] == b"RGB "
    if not is_rgb or image.depth > _BITS or not _library():
        return False
    channels = "RGBA" if image.alpha_channel else "RGB"
    intent = _INTENTS.get(image.rendering_intent, _PERCEPTUAL)
    if not _is_quick_way_exact(own, profile, channels, intent):
        return False
    with ExitStack() as stack:
        transform = _transform(stack, (own, profile), channels, intent, _QUICK)
        width, height = image.size
        buffer = magick.pixels(image, channels)
        _library().cmsDoTransform(transform, buffer, buffer, width * height)
        magick.replace_pixels(image, width, height, channels, buffer)
    del image.profiles["icc"]
    return True


@lru_cache(maxsize=4)  # all sizes of an image have the same profile
def _is_quick_way_exact(own: bytes, profile: bytes, channels: str, intent: int) -> bool:
    """Whether the quick way's colours are right to within one, tried on samples."""
    samples = _samples(len(channels))
    found = []
    for flags in (_QUICK, _EXACT):
        with ExitStack() as stack:
            transform = _transform(stack, (own, profile), channels, intent, flags)
            if not transform:
                return False
            buffer = ctypes.create_string_buffer(len(samples))
            number = len(samples) // len(channels)
            _library().cmsDoTransform(transform, samples, buffer, number)
            found.append(bytes(buffer))
    return all(abs(a - b) <= 1 for a, b in zip(*found, strict=True))


@cache
def _samples(bytes_per_pixel: int) -> bytes:
    """All values of grey and of the pure colours: curves and matrix show in them."""
    masks = product((0, 1), repeat=bytes_per_pixel)
    return b"".join(
        bytes(value * one for one in mask) for mask in masks for value in range(256)
    )


def _transform(
    stack: ExitStack,
    profiles: tuple[bytes, bytes],
    channels: str,
    intent: int,
    flags: int,
) -> int | None:
    """None if a profile is damaged, or the first one has tables instead of curves."""
    library, opened = _library(), []
    for data in profiles:
        handle = library.cmsOpenProfileFromMem(data, len(data))
        if not handle:
            return None
        stack.callback(library.cmsCloseProfile, handle)
        opened.append(handle)
    if any(library.cmsIsTag(opened[0], _signature(name)) for name in _TABLES):
        return None
    form = _FORMATS[channels]
    transform: int | None = library.cmsCreateTransform(
        opened[0], form, opened[1], form, intent, flags
    )
    if transform:
        stack.callback(library.cmsDeleteTransform, transform)
    return transform


def _signature(name: str) -> int:
    return int.from_bytes(name.encode(), "big")


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
    library.cmsIsTag.argtypes = (handle, number)
    library.cmsCreateTransform.argtypes = (
        *(handle, number, handle, number),
        *(number, number),
    )
    library.cmsCreateTransform.restype = handle
    library.cmsDeleteTransform.argtypes = (handle,)
    library.cmsDoTransform.argtypes = (handle, ctypes.c_void_p, ctypes.c_void_p, number)
    return library


def convert_to_profile(image: magick.Image, profile: bytes) -> None:
    """Convert the pixels from the image's ICC profile to another one.

    Wand's `profiles["icc"] = …` replaces the profile, but converts no pixels.
    """
    convert = magick.library.MagickProfileImage
    convert.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_void_p,
        ctypes.c_size_t,
    ]
    if not convert(image.wand, b"icc", profile, len(profile)):
        image.raise_exception()
