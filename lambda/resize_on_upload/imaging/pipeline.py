"""The image job: the bytes of an upload → every variant of it."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from ..errors import CorruptImage, ResultTooLarge, TooManyFrames
from . import animation, steps
from .codecs.decode import decode
from .codecs.encode import encode
from .formats import JPEG, PNG, WRITTEN, Format
from .headers.exif import displayed_size
from .imagemagick import magick
from .imagemagick.sequence import append
from .probe import DEFAULTS, Limits, Probe, probe
from .resizing import resize, resize_plan
from .results import ImageResult, SourceInfo, Variant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..sizes.size import Size
    from .codecs.decode import DecodedImage
    from .resizing.resize_plan import ResizePlan


def make_variants(
    blob: bytes, sizes: Sequence[Size], limits: Limits = DEFAULTS
) -> ImageResult:
    """Make every size of a picture; all of them or none.

    Raises:
        Rejected: the bytes are no picture we can resize; the message says why.
    """
    clock = _StepTimes()
    found = probe(blob, limits)
    header = found.header
    moves = {size: _moves(size, found, limits) for size in sizes}
    plan = resize_plan.make(
        (header.width, header.height),
        header.orientation,
        sizes,
        scalable=found.format is JPEG,
    )
    with decode(blob, found, plan.eighths, animated=any(moves.values())) as decoded:
        for image in decoded.frames:
            steps.whole_canvas(image)
            steps.plain_channels(image)
        if decoded.frames[0].size != plan.decoded:  # HEIC turns itself
            plan = resize_plan.make(decoded.frames[0].size, header.orientation, sizes)
        source = _source(plan, found)
        clock.passed("decode")
        made = _variants(decoded, plan, found, moves, clock)
    return ImageResult(
        source=source,
        variants=tuple(made[size] for size in sizes),
        milliseconds=dict(clock.milliseconds),
    )


class _StepTimes:
    """Where the time goes."""

    def __init__(self) -> None:
        self.milliseconds: defaultdict[str, float] = defaultdict(float)
        self._last = time.perf_counter()

    def passed(self, step: str) -> None:
        """What has passed since the last step was this one."""
        now = time.perf_counter()
        self.milliseconds[step] += (now - self._last) * 1_000
        self._last = now


def _source(plan: ResizePlan, found: Probe) -> SourceInfo:
    """What was decoded.

    Raises:
        CorruptImage: it is not what the header says, by which the limits were checked.
    """
    header = found.header
    width, height = displayed_size((plan.width, plan.height), header.orientation)
    if not found.may_decode_to(width, height):
        msg = (
            f"the {found.format.name} decodes to {width}x{height} pixels, its header "
            f"says {header.width}x{header.height}"
        )
        raise CorruptImage(msg)
    return SourceInfo(found.format.name, width, height, header.frames)


def _moves(size: Size, found: Probe, limits: Limits) -> bool:
    """Whether a size of this file is an animation.

    Raises:
        TooManyFrames: it would be too long, and the size asks for nothing less.
    """
    header, output = found.header, _named_output(size, found.format)
    source = SourceInfo(found.format.name, header.width, header.height, header.frames)
    content_type = output.content_type if output else None
    if not animation.is_requested(size, source, content_type):
        return False
    if animation.is_within_limits(source, limits):
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


def _variants(
    decoded: DecodedImage,
    plan: ResizePlan,
    found: Probe,
    moves: dict[Size, bool],
    clock: _StepTimes,
) -> dict[Size, Variant]:
    """Every size, encoded as soon as it has its frames: few wait in memory."""
    outputs = {target.size: magick.Image() for target in plan.targets}
    made = {}
    try:
        for number, image in enumerate(decoded.frames, start=1):
            wanted = [number == 1 or moves[target.size] for target in plan.targets]
            for target, frame in resize.each(image, plan, wanted):
                size, frames = target.size, outputs[target.size]
                with frame:
                    _finish(frame, size, found)
                    append(frames, frame)
                clock.passed("resize")
                if number == len(decoded.frames) or not moves[size]:
                    made[size] = _encoded(frames, size, found)
                    frames.close()
                    clock.passed("encode")
        return made
    finally:
        for frames in outputs.values():
            frames.close()


def _finish(image: magick.Image, size: Size, found: Probe) -> None:
    """The steps behind the resize, in their order."""
    output = _output(image, size, found.format)
    steps.upright(image, found.header.orientation)
    steps.crop(image, size)
    steps.to_srgb(image)
    steps.flatten(image, size, output)
    steps.eight_bits(image)
    steps.one_bit_alpha(image, output)
    steps.strip(image)
    steps.keep_credit(image, size, found.header.credit)


def _encoded(frames: magick.Image, size: Size, found: Probe) -> Variant:
    output = _output(frames, size, found.format)
    _check_fits(frames, size, output)
    return Variant(
        size=size,
        content_type=output.content_type,
        width=frames.width,
        height=frames.height,
        color=_dominant_color(frames) if size.suffix else None,
        body=encode(frames, output, size.quality),
    )


def _check_fits(frames: magick.Image, size: Size, output: Format) -> None:
    """Hold a result against its format: one that is not resized may have any size.

    Raises:
        ResultTooLarge: the format cannot hold it.
    """
    longest = output.max_side
    if longest and max(frames.size) > longest:
        msg = (
            f"{size.geometry.text!r} leaves {frames.width}x{frames.height} pixels; at "
            f"most {longest} a side can be written as {output.name}. Use a smaller "
            'geometry or another "format"'
        )
        raise ResultTooLarge(msg)


def _dominant_color(frames: magick.Image) -> str:
    """The mean of the largest group of pixels alike, on white where transparent.

    Alike are those that agree in the two highest bits of every channel.
    """
    data = bytes(magick.pixels(frames, "RGBA"))
    groups: dict[tuple[int, ...], list[tuple[int, ...]]] = defaultdict(list)
    for start in range(0, len(data), 4):
        *channels, alpha = data[start : start + 4]
        color = tuple(255 - (255 - value) * alpha // 255 for value in channels)
        groups[tuple(value >> 6 for value in color)].append(color)
    largest = max(groups.values(), key=len)
    means = (sum(channel) // len(largest) for channel in zip(*largest, strict=True))
    return "#" + "".join(f"{mean:02x}" for mean in means)


def _named_output(size: Size, fmt: Format) -> Format | None:
    """The format to write, where it does not hang on the pixels."""
    if size.format != "original":
        return WRITTEN[size.format]
    return fmt if fmt.web else None


def _output(image: magick.Image, size: Size, fmt: Format) -> Format:
    """The format to write: as configured, else the original's, else a web format."""
    return _named_output(size, fmt) or (PNG if image.alpha_channel else JPEG)
