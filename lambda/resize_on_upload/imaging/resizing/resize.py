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

    from .resize_plan import ResizePlan, Target


class Resizable(Protocol):
    """A picture that can be had in other sizes."""

    def resized_to(self, width: int, height: int) -> Self:
        """The same with so many pixels."""

    def image(self) -> magick.Image:
        """As an image of its own, with the profile and the timing of the source."""


def each(
    image: magick.Image, plan: ResizePlan, wanted: Sequence[bool]
) -> Iterator[tuple[Target, magick.Image]]:
    """The wanted targets of one decoded image, as images to be closed.

    The image itself is used up: it may have lost its pixels.
    """
    whole: Resizable | None = _resizable(image, plan)
    last = max(index for index, t in enumerate(plan.targets) if t.made_from is None)
    made: list[Resizable] = []
    for index, (target, want) in enumerate(zip(plan.targets, wanted, strict=True)):
        source = whole if target.made_from is None else made[target.made_from]
        if not source:
            raise AssertionError
        made.append(source.resized_to(target.width, target.height))
        if index == last:
            whole = source = None
        if want:
            yield target, made[-1].image()


def _resizable(image: magick.Image, plan: ResizePlan) -> Resizable:
    is_cmyk = magick.colorspace(image) == "cmyk"
    if not resample.is_built() or (is_cmyk and image.alpha_channel):
        return _ByImageMagick.of(image, plan.extent)
    channels = "CMYK" if is_cmyk else "RGBA"
    buffer = magick.pixels(image, channels)
    pixels = resample.Pixels(buffer, image.width, image.height, plan.extent)
    if image.alpha_channel:
        pixels = pixels.premultiplied()
    if all((target.width, target.height) != image.size for target in plan.targets):
        magick.forget_pixels(image)
    return _ByResampler(image, pixels, channels)


@dataclass(frozen=True, slots=True)
class _ByResampler:
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

    def resized_to(self, width: int, height: int) -> Self:
        if self.pixels.extent == (width, height):
            return self
        pixels = self.pixels.resized_to(width, height)
        return type(self)(self.like, pixels, self.channels, is_source=False)

    def image(self) -> magick.Image:
        image = self.like.clone()
        size = self.pixels.width, self.pixels.height
        if not self.is_source:
            magick.replace_pixels(
                image, *size, self.channels, self.pixels.unpremultiplied()
            )
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

    def resized_to(self, width: int, height: int) -> Self:
        if self.source.size == (width, height):
            return self
        image = self.source.clone()
        magick.average(image, *resample.box_factors(image.size, (width, height)))
        image.resize(width, height, filter="lanczos")
        return type(self)(image)

    def image(self) -> magick.Image:
        return self.source.clone()
