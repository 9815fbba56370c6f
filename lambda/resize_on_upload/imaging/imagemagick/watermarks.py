"""Draw a watermark on an image, in linear light, as light itself is mixed."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from .. import srgb
from ..headers import png
from . import color_profile, magick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...sizes.watermarks.watermark import Watermark

_LINEAR = "rgb"  # ImageMagick's name
_MAX_KEPT_PIXELS = 250_000  # of a scaled watermark: sixteen take 32 MB


def draw(image: magick.Image, watermark: Watermark) -> None:
    """Draw it over the image; only the pixels below it change."""
    own = _decoded(watermark)
    left, top, width, height = watermark.box(image.size, own.size)
    if magick.colorspace(image) != "srgb":  # grey
        image.transform_colorspace("srgb")
    with image.clone() as part:
        part.crop(left, top, width=width, height=height)
        part.reset_coords()
        part.transform_colorspace(_LINEAR)
        with _scaled(watermark, width, height) as scaled:
            part.composite(scaled, 0, 0, operator="over")
        part.transform_colorspace("srgb")
        _round(part)
        image.composite(part, left, top, operator="copy")


def _round(image: magick.Image) -> None:
    """Round to eight bits: a step that reduces to them may cut off the rest."""
    width, height = image.size
    pixels = magick.pixels(image, "RGBA")
    magick.replace_pixels(image, width, height, "RGBA", pixels)


@contextmanager
def _scaled(watermark: Watermark, width: int, height: int) -> Iterator[magick.Image]:
    """The watermark in this size; only small ones stay in memory."""
    if width * height <= _MAX_KEPT_PIXELS:
        yield _kept(watermark, width, height)
    else:
        with _resized(watermark, width, height) as image:
            yield image


@lru_cache(maxsize=16)  # frames of an animation, and images of the same size
def _kept(watermark: Watermark, width: int, height: int) -> magick.Image:
    return _resized(watermark, width, height)


def _resized(watermark: Watermark, width: int, height: int) -> magick.Image:
    image = _decoded(watermark).clone()
    image.resize(width, height, filter="lanczos")
    return image


@lru_cache(maxsize=4)
def _decoded(watermark: Watermark) -> magick.Image:
    """The file's image in linear light, as transparent as it will be drawn.

    Raises:
        RuntimeError: it cannot be decoded; the image that is resized must not be
            rejected for that.
    """
    try:
        return _prepared(watermark)
    except magick.WandException as error:
        msg = f"the watermark {watermark.digest} cannot be decoded: {error}"
        raise RuntimeError(msg) from error


def _prepared(watermark: Watermark) -> magick.Image:
    image = magick.Image()
    magick.read(image, png.strip_ancillary(watermark.data), "png", first_only=True)
    image.raise_exception()  # an error that it read on after; a clone raises it
    if "icc" in image.profiles:
        color_profile.convert(image, srgb.PROFILE)
    if magick.colorspace(image) != "srgb":
        image.transform_colorspace("srgb")
    image.alpha_channel = "set"
    alpha = magick.pixels(image, "A").raw
    magick.replace_alpha(image, alpha.translate(_dimmed(watermark.opacity)))
    image.strip()
    image.transform_colorspace(_LINEAR)
    return image


def _dimmed(opacity: float) -> bytes:
    return bytes(round(value * opacity) for value in range(256))
