"""A decoded image → the planned sizes of it.

Our own resampler does it where it was built, on eight bits a channel; ImageMagick does
it elsewhere, with the same filters, at four to ten times the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from ..imagemagick import magick
from . import resample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .resize_plan import Plan, Target


class Picture(Protocol):
    """A picture that can be had in other sizes."""

    def at(self, width: int, height: int) -> Self:
        """The same with so many pixels."""

    def image(self) -> magick.Image:
        """As an image of its own, with the profile and the timing of the source."""


def each(
    image: magick.Image, plan: Plan, wanted: Sequence[bool]
) -> Iterator[tuple[Target, magick.Image]]:
    """The wanted targets of one decoded image, as images to be closed.

    The image itself is used up: it may have lost its pixels.
    """
    whole: Picture | None = _picture(image, plan)
    last = max(index for index, t in enumerate(plan.targets) if t.source is None)
    made: list[Picture] = []
    for index, (target, want) in enumerate(zip(plan.targets, wanted, strict=True)):
        source = whole if target.source is None else made[target.source]
        if not source:
            raise AssertionError
        made.append(source.at(target.width, target.height))
        if index == last:
            whole = source = None
        if want:
            yield target, made[-1].image()


def _picture(image: magick.Image, plan: Plan) -> Picture:
    is_cmyk = magick.colorspace(image) == "cmyk"
    if not resample.is_built() or (is_cmyk and image.alpha_channel):
        return _ByImageMagick.of(image, plan.extent)
    channels = "CMYK" if is_cmyk else "RGBA"
    room = magick.pixels(image, channels)
    pixels = resample.Pixels(room, image.width, image.height, plan.extent)
    if image.alpha_channel:
        pixels = pixels.premultiplied()
    if all((target.width, target.height) != image.size for target in plan.targets):
        magick.forget_pixels(image)
    return _Resampled(image, pixels, channels)


@dataclass(frozen=True, slots=True)
class _Resampled:
    """By our own resampler.

    Attributes:
        like: The decoded image; all that is not pixels comes from it.
        pixels: Premultiplied, where there is alpha.
        channels: Their names, as ImageMagick has them.
        is_source: Whether the pixels are still those of the decoded image.
    """

    like: magick.Image
    pixels: resample.Pixels
    channels: str
    is_source: bool = True

    def at(self, width: int, height: int) -> Self:
        if self.pixels.extent == (width, height):
            return self
        pixels = self.pixels.at(width, height)
        return type(self)(self.like, pixels, self.channels, is_source=False)

    def image(self) -> magick.Image:
        image = self.like.clone()
        size = self.pixels.width, self.pixels.height
        if not self.is_source:
            magick.replace_pixels(image, *size, self.channels, self.pixels.divided())
        return image


@dataclass(frozen=True, slots=True)
class _ByImageMagick:
    """By ImageMagick alone."""

    source: magick.Image

    @classmethod
    def of(cls, image: magick.Image, extent: tuple[float, float]) -> Self:
        trimmed = image.clone()
        width, height = map(round, extent)
        if (width, height) != image.size:
            trimmed.crop(width=width, height=height)
            trimmed.reset_coords()
        return cls(trimmed)

    def at(self, width: int, height: int) -> Self:
        if self.source.size == (width, height):
            return self
        image = self.source.clone()
        magick.average(image, *resample.factors(image.size, (width, height)))
        image.resize(width, height, filter="lanczos")
        return type(self)(image)

    def image(self) -> magick.Image:
        return self.source.clone()
