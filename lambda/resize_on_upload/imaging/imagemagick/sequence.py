"""An ImageMagick image as a sequence of frames: their order, canvas and disposal."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from . import magick
from .magick import library

if TYPE_CHECKING:
    from collections.abc import Iterator

_DISPOSE_NONE, _DISPOSE_BACKGROUND, _DISPOSE_PREVIOUS = 1, 2, 3  # MagickCore/layer.h
_DEFAULT_GAMMA = 0.45454543828964233  # 1.0f / 2.2f, to the last bit (coders/gif.c)


def append(frames: magick.Image, frame: magick.Image) -> None:
    """Append a copy of a frame; Wand cannot append to an empty image."""
    library.MagickSetLastIterator(frames.wand)
    if not library.MagickAddImage(frames.wand, frame.wand):
        frames.raise_exception()


def length(frames: magick.Image) -> int:
    """The number of frames."""
    return int(library.MagickGetNumberImages(frames.wand))


def iterate(frames: magick.Image) -> Iterator[int]:
    """Make each frame the current one in turn; yield its index."""
    for index in range(length(frames)):
        library.MagickSetIteratorIndex(frames.wand, index)
        yield index


def canvas(image: magick.Image) -> tuple[tuple[int, int], tuple[int, int]]:
    """Width and height of a frame's canvas, and the frame's offset on it."""
    size = image.page_width, image.page_height
    return (size, (image.page_x, image.page_y)) if all(size) else (image.size, (0, 0))


def widen_canvas(frames: magick.Image) -> None:
    """Extend the canvas to the whole first frame, as browsers do (GIF)."""
    library.MagickSetFirstIterator(frames.wand)
    (width, height), (left, top) = canvas(frames)
    width, height = max(width, left + frames.width), max(height, top + frames.height)
    library.MagickSetImagePage(frames.wand, width, height, left, top)


def coalesce(frames: magick.Image) -> None:
    """Replace each frame by the whole canvas as browsers show it.

    ImageMagick gives all frames an alpha channel only if the first one has it:
    transparent pixels of later ones would become black, or keep the earlier colour.
    """
    if _may_uncover(frames):
        frames.alpha_channel = "set"  # of all frames
    frames.coalesce()
    if all(_is_opaque(frames) for _ in iterate(frames)):
        frames.alpha_channel = "off"


def _may_uncover(frames: magick.Image) -> bool:
    """Whether a pixel of the canvas may be covered by no frame."""
    for index in iterate(frames):
        if frames.alpha_channel:
            return True
        if index == 0 and canvas(frames) != (frames.size, (0, 0)):
            return True
        disposal = library.MagickGetImageDispose(frames.wand)
        if disposal in (_DISPOSE_BACKGROUND, _DISPOSE_PREVIOUS):
            return True
    return False


def _is_opaque(frame: magick.Image) -> bool:
    alpha = bytes(magick.pixels(frame, "A")) if frame.alpha_channel else b""
    return not alpha.strip(b"\xff")


def set_dispose_none(frames: magick.Image) -> None:
    """Set the current frame's GIF disposal to "none": the next is drawn over it."""
    library.MagickSetImageDispose(frames.wand, _DISPOSE_NONE)


def default_gamma(frames: magick.Image) -> None:
    """Keep ImageMagick 6 from writing the current frame's gamma into a GIF.

    It does so for grey frames, whose gamma is not the one its encoder expects.
    """
    if not magick.IS_6 or magick.colorspace(frames) != "gray":
        return
    frames.transform_colorspace("srgb")
    library.MagickSetImageGamma.argtypes = [ctypes.c_void_p, ctypes.c_double]
    library.MagickSetImageGamma(frames.wand, _DEFAULT_GAMMA)


def replace_part(
    frames: magick.Image,
    box: tuple[int, int, int, int],
    canvas: tuple[int, int],
    buffer: ctypes.Array[ctypes.c_char],
) -> None:
    """Reduce the current frame to a box of its canvas."""
    left, top, width, height = box
    magick.replace_pixels(frames, width, height, "RGBA", buffer)
    library.MagickSetImagePage(frames.wand, *canvas, left, top)
