"""ImageMagick under policy.xml; all other modules import Wand through this one."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

POLICY_VARIABLE = "MAGICK_CONFIGURE_PATH"

# The library reads it when it starts, so it is set before Wand is imported.
os.environ[POLICY_VARIABLE] = str(Path(__file__).parent)
os.environ.setdefault("MAGICK_TEMPORARY_PATH", "/tmp")  # noqa: S108 - the policy allows it

from wand.api import libmagick, library
from wand.color import Color
from wand.exceptions import CorruptImageError, PolicyError, WandException
from wand.image import ALPHA_CHANNEL_TYPES, Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "ALPHA_CHANNEL_TYPES",
    "IS_6",
    "POLICY_VARIABLE",
    "Color",
    "Image",
    "PolicyError",
    "WandException",
    "average",
    "colorspace",
    "copies",
    "core_image",
    "forget_pixels",
    "libmagick",
    "library",
    "part",
    "pixels",
    "read",
    "replace_pixels",
    "take_over",
]


IS_6 = hasattr(libmagick, "GetImageException")
_Item = TypeVar("_Item")
_CHAR_PIXEL = 1  # StorageType in MagickCore/pixel.h


def read(image: Image, blob: bytes, coder: str, *, first_only: bool) -> None:
    """Decode with the decoder `coder`; the file name is only a label.

    Raises:
        WandException: ImageMagick refused the bytes.
    """
    name = f"upload.{coder}{'[0]' if first_only else ''}".encode()
    library.MagickSetFormat(image.wand, coder.encode())
    library.MagickSetFilename(image.wand, name)
    if not library.MagickReadImageBlob(image.wand, blob, len(blob)):
        image.raise_exception()
        msg = "ImageMagick gives no reason"
        raise CorruptImageError(msg)
    if first_only:
        _keep_first(image)


def core_image(image: Image) -> int | None:
    """The address of MagickCore's image: the current frame of several."""
    library.GetImageFromMagickWand.argtypes = [ctypes.c_void_p]
    library.GetImageFromMagickWand.restype = ctypes.c_void_p
    address: int | None = library.GetImageFromMagickWand(image.wand)
    return address


def take_over(image: int) -> Image:
    """Make an image of a MagickCore one, which is freed."""
    library.NewMagickWandFromImage.argtypes = [ctypes.c_void_p]
    library.NewMagickWandFromImage.restype = ctypes.c_void_p
    libmagick.DestroyImageList.argtypes = [ctypes.c_void_p]
    libmagick.DestroyImageList.restype = ctypes.c_void_p
    wand = library.NewMagickWandFromImage(image)
    libmagick.DestroyImageList(image)
    taken = Image()
    library.MagickAddImage(taken.wand, wand)
    library.DestroyMagickWand(wand)
    return taken


def _keep_first(image: Image) -> None:
    """Drop further images: ImageMagick 7 decodes all of a HEIC or AVIF."""
    while library.MagickGetNumberImages(image.wand) > 1:
        library.MagickSetLastIterator(image.wand)
        library.MagickRemoveImage(image.wand)


def copies(image: Image, items: Sequence[_Item]) -> Iterator[tuple[_Item, Image]]:
    """Yield each item with its own copy; the last one gets the image itself."""
    with image:
        for item in items[:-1]:
            with image.clone() as copy:
                yield item, copy
        yield items[-1], image


def pixels(image: Image, channels: str) -> ctypes.Array[ctypes.c_char]:
    """A copy of all pixels, one byte per channel; "P" is padding."""
    width, height = image.size
    buffer = ctypes.create_string_buffer(width * height * len(channels))
    _transfer(library.MagickExportImagePixels, image, image.size, channels, buffer)
    _fill_missing_alpha(image, channels, buffer)
    return buffer


def part(
    image: Image, box: tuple[int, int, int, int], channels: str
) -> ctypes.Array[ctypes.c_char]:
    """A copy of the pixels in a box: left, top, width and height."""
    buffer = ctypes.create_string_buffer(box[2] * box[3] * len(channels))
    arguments = *box, channels.encode(), _CHAR_PIXEL, buffer
    if not library.MagickExportImagePixels(image.wand, *arguments):
        image.raise_exception()
    _fill_missing_alpha(image, channels, buffer)
    return buffer


def _fill_missing_alpha(
    image: Image, channels: str, buffer: ctypes.Array[ctypes.c_char]
) -> None:
    """Set the alpha of an image that has none: ImageMagick 6 exports what is unset."""
    if IS_6 and "A" in channels and not image.alpha_channel:
        alphas = memoryview(buffer).cast("B")[channels.index("A") :: len(channels)]
        alphas[:] = b"\xff" * len(alphas)


def forget_pixels(image: Image) -> None:
    """Leave all of an image but its pixels: eight bytes each."""
    if not library.MagickSampleImage(image.wand, 1, 1):
        image.raise_exception()


def replace_pixels(
    image: Image,
    width: int,
    height: int,
    channels: str,
    buffer: ctypes.Array[ctypes.c_char],
) -> None:
    """Replace an image's pixels and size; keep everything else.

    Args:
        image: The image to change.
        width: In pixels.
        height: In pixels.
        channels: Their names; "A" is ignored if the image has no alpha channel.
        buffer: The pixels, one byte per channel.
    """
    has_alpha = library.MagickGetImageAlphaChannel(image.wand)
    if not has_alpha and not IS_6:
        channels = channels.replace("A", "P")
    if not library.MagickSetImageExtent(image.wand, width, height):
        image.raise_exception()
    library.MagickSetImagePage(image.wand, width, height, 0, 0)
    _transfer(library.MagickImportImagePixels, image, (width, height), channels, buffer)
    if not has_alpha and IS_6:
        _make_opaque(image, channels)


def replace_alpha(image: Image, alpha: bytes) -> None:
    """Replace the alpha channel's values, one byte per pixel."""
    buffer = (ctypes.c_char * len(alpha)).from_buffer_copy(alpha)
    _transfer(library.MagickImportImagePixels, image, image.size, "A", buffer)


def _make_opaque(image: Image, channels: str) -> None:
    """Fill the alpha values of ImageMagick 6, although the alpha channel is off.

    Some of its operations read them anyway: they must not be uninitialised memory.
    """
    if "A" not in channels:
        library.MagickSetImageAlphaChannel(
            image.wand, ALPHA_CHANNEL_TYPES.index("opaque")
        )
    library.MagickSetImageAlphaChannel(
        image.wand, ALPHA_CHANNEL_TYPES.index("deactivate")
    )


def _transfer(
    function: Any,
    image: Image,
    size: tuple[int, int],
    channels: str,
    buffer: ctypes.Array[ctypes.c_char],
) -> None:
    if not function(image.wand, 0, 0, *size, channels.encode(), _CHAR_PIXEL, buffer):
        image.raise_exception()


def average(image: Image, across: int, down: int) -> None:
    """Shrink by whole factors: each pixel becomes the average of a box."""
    if across == down == 1:
        return
    width, height = -(-image.width // across), -(-image.height // down)
    if not library.MagickScaleImage(image.wand, width, height):
        image.raise_exception()


def colorspace(image: Image) -> str:
    """The colour space's name; "unknown" if Wand has no name for it."""
    try:
        return str(image.colorspace)
    except IndexError:  # ImageMagick 6's linear grey
        return "unknown"
