"""A decoded image → an image for each planned size.

The resampler does it if it was built, with eight bits per channel; otherwise
ImageMagick does, with the same filters, in four to ten times the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from ..imagemagick import magick
from . import resample, sharpening

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from ...sizes.size import Size
    from .resize_plan import ResizePlan, Target


COLORSPACES = frozenset({"srgb", "gray", "cmyk"})
"""Of the images that are resized; others are converted first."""


class Source(Protocol):
    """An image that can be resized."""

    def resized_to(self, width: int, height: int) -> Resizable:
        """The same image in another size, in pixels."""


class Resizable(Source, Protocol):
    """An image that can be resized and encoded."""

    def image(self, sharpen: float) -> magick.Image:
        """A new ImageMagick image, with the profile and timing of the decoded one."""


def each(
    image: magick.Image | ResizedRows,
    plan: ResizePlan,
    wanted: Collection[Size],
    look: Callable[[magick.Image], None] | None = None,
) -> Iterator[tuple[list[Size], magick.Image]]:
    """Yield the wanted sizes that have the same pixels, and the image for them.

    The caller closes the image. Sizes that are made from another one are made before
    that is sharpened.

    The decoded image is used up: it may have lost its pixels.

    Args:
        image: A decoded frame.
        plan: Its targets.
        wanted: The sizes whose targets are yielded.
        look: Called before with the whole image in a few pixels, if the plan has them.
    """
    made = _Resizes(
        image if isinstance(image, ResizedRows) else _resizable(image, plan), plan
    )
    if look and plan.look:
        with made.get(plan.look).image(sharpen=0) as small:
            look(small)
    last = max(index for index, t in enumerate(plan.targets) if t.made_from is None)
    for index, target in enumerate(plan.targets):
        resizable = made.get(target)
        if index == last:
            made.forget_whole()
        for sharpen, sizes in _by_sharpening(target, plan, wanted).items():
            yield sizes, resizable.image(sharpen)


class _Resizes:
    """The resizes of an image, each made once."""

    def __init__(self, whole: Source, plan: ResizePlan) -> None:
        self._whole: Source | None = whole
        self._targets = plan.targets
        self._made: dict[tuple[int, int], Resizable] = {}

    def get(self, target: Target) -> Resizable:
        """A target's resize; that which it is made from is made before."""
        pixels = target.width, target.height
        if pixels not in self._made:
            at = target.made_from
            source = self._whole if at is None else self.get(self._targets[at])
            if not source:
                raise AssertionError
            self._made[pixels] = source.resized_to(*pixels)
        return self._made[pixels]

    def forget_whole(self) -> None:
        """Free the decoded image: no further target is made from it."""
        self._whole = None


def _by_sharpening(
    target: Target, plan: ResizePlan, wanted: Collection[Size]
) -> dict[float, list[Size]]:
    """The target's wanted sizes, by how much they are sharpened.

    An image that is not reduced is not sharpened: it has lost nothing, and the edges of
    an enlarged one would show their steps.
    """
    is_reduced = target.width < plan.width or target.height < plan.height
    found: dict[float, list[Size]] = {}
    for size in target.sizes:
        if size in wanted:
            found.setdefault(size.sharpen if is_reduced else 0, []).append(size)
    return found


def _resizable(image: magick.Image, plan: ResizePlan) -> Resizable:
    is_cmyk = magick.colorspace(image) == "cmyk"
    if not resample.is_built() or (is_cmyk and image.alpha_channel):
        return _ByImageMagick.of(image, plan.extent)
    channels = "CMYK" if is_cmyk else "RGBA"
    buffer = magick.pixels(image, channels)
    pixels = resample.Pixels(buffer, image.width, image.height, plan.extent)
    if image.alpha_channel:
        pixels = pixels.premultiplied()
    if image.size not in plan.pixels:
        magick.forget_pixels(image)
    return _ByResampler(image, pixels, channels)


@dataclass(frozen=True, slots=True)
class ResizedRows:
    """An image that was resized while its rows were decoded.

    Attributes:
        like: The decoded image without its pixels.
        size: Its width and height.
        pixels: By width and height, of every target that is made from it.
        channels: Their names, as in ImageMagick.
    """

    like: magick.Image
    size: tuple[int, int]
    pixels: Mapping[tuple[int, int], resample.Pixels]
    channels: str

    def resized_to(self, width: int, height: int) -> Resizable:
        """One of the targets."""
        pixels = self.pixels[width, height]
        return _ByResampler(self.like, pixels, self.channels, is_source=False)


@dataclass(frozen=True, slots=True)
class _ByResampler:
    """Resized by the resampler.

    Attributes:
        like: The decoded image; everything but the pixels comes from it.
        pixels: Premultiplied if there is alpha.
        channels: Their names, as in ImageMagick.
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

    def image(self, sharpen: float) -> magick.Image:
        image = self.like.clone()
        if self.is_source:
            return image
        pixels = self.pixels
        if sharpen:
            pixels = pixels.sharpened(sharpening.gain(sharpen), sharpening.LIMIT)
        size = pixels.width, pixels.height
        magick.replace_pixels(image, *size, self.channels, pixels.unpremultiplied())
        return image


@dataclass(frozen=True, slots=True)
class _ByImageMagick:
    """Resized by ImageMagick."""

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

    def image(self, sharpen: float) -> magick.Image:
        image = self.source.clone()
        if sharpen:
            sharpening.by_imagemagick(image, sharpen)
        return image
