"""An ImageMagick image as a sequence of frames: their order, canvas and disposal."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from . import magick
from .magick import ALPHA_CHANNEL_TYPES, library

if TYPE_CHECKING:
    from collections.abc import Iterator

_DISPOSE_NONE, _DISPOSE_BACKGROUND, _DISPOSE_PREVIOUS = 1, 2, 3  # MagickCore/layer.h
_ALPHA_SET = ALPHA_CHANNEL_TYPES.index("set")
# As in coders/gif.c, to the last bit: 1.0f / 2.2f, and 1.0 / 2.2.
_DEFAULT_GAMMA = 0.45454543828964233 if magick.IS_6 else 1 / 2.2


def append(frames: magick.Image, frame: magick.Image) -> None:
    """Append a copy of a frame; Wand cannot append to an empty image."""
    library.MagickSetLastIterator(frames.wand)
    if not library.MagickAddImage(frames.wand, frame.wand):
        frames.raise_exception()


def repeat(frames: magick.Image, like: magick.Image) -> None:
    """Append a copy of the last frame, with the timing and disposal of another one."""
    library.MagickSetLastIterator(frames.wand)
    wand = library.MagickGetImage(frames.wand)
    library.MagickSetImageDelay(wand, like.delay)
    library.MagickSetImageTicksPerSecond(wand, like.ticks_per_second)
    library.MagickSetImageDispose(wand, library.MagickGetImageDispose(like.wand))
    added = library.MagickAddImage(frames.wand, wand)
    library.DestroyMagickWand(wand)
    if not added:
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


def pixels(frames: magick.Image) -> int:
    """How many pixels all frames have together."""
    return sum(frames.width * frames.height for _ in iterate(frames))


def unshare(frames: magick.Image) -> None:
    """Give each frame its own pixels, so that another thread can use it.

    ImageMagick's copies share their pixels until one of them is changed, and two
    threads must not even read the same ones.

    Raises:
        MemoryError: there is no room for the copy.
    """
    core = magick.libmagick
    core.AcquireExceptionInfo.restype = ctypes.c_void_p
    core.DestroyExceptionInfo.argtypes = [ctypes.c_void_p]
    core.GetAuthenticPixels.restype = ctypes.c_void_p
    side, length, pointer = ctypes.c_ssize_t, ctypes.c_size_t, ctypes.c_void_p
    core.GetAuthenticPixels.argtypes = [pointer, side, side, length, length, pointer]
    reason = core.AcquireExceptionInfo()
    try:
        for _ in iterate(frames):
            current = magick.core_image(frames)
            if not core.GetAuthenticPixels(current, 0, 0, 1, 1, reason):
                raise MemoryError
    finally:
        core.DestroyExceptionInfo(reason)


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
    if all(_covers_canvas(frames) for _ in iterate(frames)):
        for _ in iterate(frames):
            set_dispose_none(frames)
        return
    if _may_uncover(frames):
        frames.alpha_channel = "set"  # of all frames
    frames.coalesce()
    if all(_is_opaque(frames) for _ in iterate(frames)):
        frames.alpha_channel = "off"


def _covers_canvas(frame: magick.Image) -> bool:
    return not frame.alpha_channel and canvas(frame) == (frame.size, (0, 0))


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


def add_alpha(frames: magick.Image) -> None:
    """Give the current frame an alpha channel; Wand's `alpha_channel` is for all."""
    library.MagickSetImageAlphaChannel(frames.wand, _ALPHA_SET)


def default_gamma(frames: magick.Image) -> None:
    """Keep ImageMagick from writing the current frame's gamma into a GIF.

    It does so if the gamma is not the one that its encoder expects: for grey frames in
    ImageMagick 6, and if the upload's frames have one.
    """
    if magick.IS_6 and magick.colorspace(frames) == "gray":
        frames.transform_colorspace("srgb")
    library.MagickSetImageGamma.argtypes = [ctypes.c_void_p, ctypes.c_double]
    library.MagickSetImageGamma(frames.wand, _DEFAULT_GAMMA)


def place(
    frames: magick.Image, offset: tuple[int, int], canvas: tuple[int, int]
) -> None:
    """Set where the current frame is on its canvas."""
    library.MagickSetImagePage(frames.wand, *canvas, *offset)
