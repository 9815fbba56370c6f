"""The image job: the bytes of an upload → every variant of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import TooManyFrames
from . import magick, steps
from .decode import decode
from .encode import encode
from .formats import GIF, JPEG, PNG, WEBP, WRITTEN, Format
from .probe import Limits, Probe, probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..sizes import Size
    from .decode import Frames

_MOVE = (GIF, WEBP)
DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """The uploaded picture as people see it: upright, in pixels."""

    format: str
    width: int
    height: int
    frames: int = 1


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


def derive(blob: bytes, sizes: Sequence[Size], limits: Limits = DEFAULTS) -> Derived:
    """Make every size of a picture; all of them or none.

    Raises:
        Rejected: the bytes are no picture we can resize; the message says why.
    """
    found = probe(blob, limits)
    moving = [_moves(size, found, limits) for size in sizes]
    with decode(blob, found, animated=any(moving)) as frames:
        for image in frames.images:
            steps.whole_canvas(image)
            steps.upright(image, found.header.orientation)
            steps.plain_channels(image)
        first = frames.images[0]
        source = Source(
            format=found.format.name,
            width=first.width,
            height=first.height,
            frames=found.header.frames,
        )
        variants = tuple(
            _variant(frames, size, found, moves=moves)
            for size, moves in zip(sizes, moving, strict=True)
        )
    return Derived(source=source, variants=variants)


def _moves(size: Size, found: Probe, limits: Limits) -> bool:
    """Whether a size of this file is an animation.

    Raises:
        TooManyFrames: it would be too long, and the size asks for nothing less.
    """
    header, output = found.header, _named_output(size, found.format)
    if header.frames == 1 or found.format not in _MOVE or output not in _MOVE:
        return False
    if size.animation == "first":
        return False
    pixels = header.frames * header.width * header.height
    if header.frames <= limits.frames and pixels <= limits.pixels:
        return True
    if size.animation == "keep-or-first":
        return False
    msg = (
        f"the {found.format.name} has at least {header.frames} frames of "
        f"{header.width}x{header.height} pixels; at most {limits.frames} frames and "
        f"{limits.pixels} pixels in all of them are kept. "
        '"animation": "keep-or-first" takes the first'
    )
    raise TooManyFrames(msg)


def _variant(frames: Frames, size: Size, found: Probe, *, moves: bool) -> Variant:
    output = _output(frames.images[0], size, found.format)
    with magick.Image() as film:
        for image in frames.images if moves else frames.images[:1]:
            with image.clone() as frame:
                _resize(frame, size, output)
                steps.keep_credit(frame, size, found.header.credit)
                magick.append(film, frame)
        film.loop = frames.loops
        return Variant(
            size=size,
            content_type=output.content_type,
            width=film.width,
            height=film.height,
            body=encode(film, output, size.quality),
        )


def _resize(image: magick.Image, size: Size, output: Format) -> None:
    """The steps of one variant, in their order."""
    steps.fit(image, size)
    steps.crop(image, size)
    steps.to_srgb(image)
    steps.flatten(image, size, output)
    steps.eight_bits(image)
    steps.few_colours(image, output)
    steps.strip(image)


def _named_output(size: Size, fmt: Format) -> Format | None:
    """The format to write, where it does not hang on the pixels."""
    if size.format != "original":
        return WRITTEN[size.format]
    return fmt if fmt.web else None


def _output(image: magick.Image, size: Size, fmt: Format) -> Format:
    """The format to write: as configured, else the original's, else a web format."""
    return _named_output(size, fmt) or (PNG if image.alpha_channel else JPEG)
