"""How much a reduced image is sharpened, and how ImageMagick does it.

sharpen.c does it where the resampler resizes. ImageMagick gives the same values, in
many times the time; with transparency, some differ by one. bench/sharpness.py measures
what is chosen here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..imagemagick import magick

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 8
"""Levels, of 255, by which a sharpened value may pass the lowest or highest around it:
more would be a halo."""

_WHOLE = 2048
_RECOMMENDED = _WHOLE // 2
_CHAR_PIXEL = 1  # StorageType in MagickCore/pixel.h


def gain(sharpen: float) -> int:
    """What is added of the distance from the average around a pixel, in 2048ths."""
    return round(sharpen * _RECOMMENDED)


def by_imagemagick(image: magick.Image, sharpen: float) -> None:
    """Sharpen an image as sharpen.c does, each channel as a grey image."""
    colours = "CMYK" if magick.colorspace(image) == "cmyk" else "RGB"
    channels = f"{colours}A" if image.alpha_channel else colours
    size, buffer = (image.width, image.height), magick.pixels(image, channels)
    values = memoryview(buffer).cast("B")
    planes = [bytes(values[at :: len(channels)]) for at in range(len(channels))]
    alpha = planes.pop() if image.alpha_channel else b"\xff" * len(planes[0])
    sharp = _sharpened(planes, alpha, size, _kernel(gain(sharpen) / _WHOLE))
    for at, plane in zip(range(len(channels)), sharp, strict=False):
        values[at :: len(channels)] = plane
    magick.replace_pixels(image, *size, channels, buffer)


def _sharpened(
    colours: list[bytes], alpha: bytes, size: tuple[int, int], kernel: str
) -> Iterator[bytes]:
    """Yield each colour sharpened while it is multiplied by alpha; then alpha."""
    with _grey(size, alpha) as before, before.clone() as after:
        with _limits(before) as limits:
            _sharpen(after, limits, kernel)
            for plane in colours:
                with _grey(size, plane) as colour:
                    colour.composite(before, operator="multiply")
                    _sharpen(colour, limits, kernel)
                    colour.composite(after, operator="divide_src")
                    yield magick.pixels(colour, "I").raw
        yield magick.pixels(after, "I").raw


def _sharpen(plane: magick.Image, limits: magick.Image, kernel: str) -> None:
    with plane.clone() as least, plane.clone() as most:
        most.statistic("maximum", 3, 3)
        most.composite(limits, operator="plus")
        least.statistic("minimum", 3, 3)
        least.negate()
        least.composite(limits, operator="plus")
        least.negate()
        plane.morphology("convolve", kernel)
        plane.composite(least, operator="lighten")
        plane.composite(most, operator="darken")


def _limits(alpha: magick.Image) -> magick.Image:
    """LIMIT for each pixel; 0 next to transparency, as in sharpen.c."""
    limits = alpha.clone()
    limits.statistic("minimum", 3, 3)
    limits.threshold(254.5 / 255)
    limits.evaluate("multiply", LIMIT / 255)
    return limits


def _kernel(part: float) -> str:
    """A convolution that adds this part of the distance from the average."""
    corner, edge, center = -part / 16, -part / 8, 1 + part * 3 / 4
    outer, inner = (corner, edge, corner), (edge, center, edge)
    return f"3x3:{','.join(map(repr, (*outer, *inner, *outer)))}"


def _grey(size: tuple[int, int], values: bytes) -> magick.Image:
    """A grey image of these values, one byte per pixel."""
    image = magick.Image()
    arguments = *size, b"I", _CHAR_PIXEL, values
    if not magick.library.MagickConstituteImage(image.wand, *arguments):
        image.raise_exception()
    return image
