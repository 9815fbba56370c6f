"""The one entry to the image job: the bytes of an upload → every variant of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import steps
from .decode import decode
from .encode import encode
from .formats import JPEG, PNG, WRITTEN, Format, sniff

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..sizes import Size
    from . import magick


@dataclass(frozen=True, slots=True)
class Source:
    """The uploaded picture as people see it: upright, in pixels."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One size of it, encoded; width and height in pixels."""

    size: Size
    content_type: str
    width: int
    height: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Derived:
    """A source and every variant of it."""

    source: Source
    variants: tuple[Variant, ...]


def derive(blob: bytes, sizes: Iterable[Size]) -> Derived:
    """Make every size of a picture; all of them or none.

    Raises:
        Rejected: the bytes are no picture we can resize; the message says why.
    """
    fmt = sniff(blob)
    with decode(blob, fmt) as image:
        for prepare in (steps.whole_canvas, steps.upright, steps.plain_channels):
            prepare(image)
        source = Source(format=fmt.name, width=image.width, height=image.height)
        variants = tuple(_variant(image, size, fmt) for size in sizes)
    return Derived(source=source, variants=variants)


def _variant(upright: magick.Image, size: Size, fmt: Format) -> Variant:
    output = _output(upright, size, fmt)
    with upright.clone() as image:
        steps.fit(image, size)
        steps.crop(image, size)
        steps.to_srgb(image)
        steps.flatten(image, size, output)
        steps.strip(image)
        return Variant(
            size=size,
            content_type=output.content_type,
            width=image.width,
            height=image.height,
            body=encode(image, output, size.quality),
        )


def _output(image: magick.Image, size: Size, fmt: Format) -> Format:
    """The format to write: as configured, else the original's, else a web format."""
    if size.format != "original":
        return WRITTEN[size.format]
    if fmt.web:
        return fmt
    return PNG if image.alpha_channel else JPEG
