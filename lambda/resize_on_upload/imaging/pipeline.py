"""The image job: the bytes of an upload → every variant of it.

Probe, plan, decode; each decoded frame goes through FRAME_STEPS, is resized for every
size, and goes through SHAPE_STEPS and FORMAT_STEPS; a variant with all its frames is
encoded. Sizes that differ only in format or quality share all but the last two.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ..errors import CorruptImage, Rejected
from . import gain_map, steps
from .codecs.decode import decode
from .encoding.variants import InTurn
from .formats import JPEG, output_format
from .headers.exif import displayed_size
from .imagemagick import magick, sequence
from .output import animation, siblings
from .output.output import Output
from .probe import DEFAULTS, Limits, Probe, probe
from .resizing import resize, resize_plan
from .results import ImageResult, SourceInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..sizes.size import Size
    from .codecs.decode import DecodedImage
    from .encoding.side_by_side import SideBySide
    from .resizing.resize import ResizedRows
    from .resizing.resize_plan import ResizePlan
    from .results import Variant

FRAME_STEPS = (
    steps.fill_canvas,
    steps.convert_to_rgb,
)
"""What is done to each decoded frame before it is resized."""

SHAPE_STEPS = (
    steps.apply_orientation,
    steps.crop,
    steps.map_tones,
    steps.convert_to_srgb,
)
"""What is done to each resized frame, once for all sizes of the same shape."""

FORMAT_STEPS = (
    steps.flatten,
    steps.draw_watermark,
    steps.reduce_to_eight_bits,
    steps.threshold_alpha,
    steps.strip_metadata,
    steps.restore_credit,
)
"""What is done to it afterwards, for each size, in this order."""


def make_variants(
    blob: bytes, sizes: Sequence[Size], limits: Limits = DEFAULTS, cores: int = 1
) -> ImageResult:
    """Make every size of an image: all of them or none.

    Args:
        blob: The upload.
        sizes: The sizes to make.
        limits: The limits on the upload.
        cores: Variants that may be encoded at the same time; they are the same with
            any number.

    Raises:
        Rejected: the upload cannot be resized; the message says why.
    """
    if cores > 1:
        try:
            return _make_variants(blob, sizes, limits, cores)
        except Rejected:
            raise
        except Exception:  # noqa: BLE001, S110 - several at once may take too much memory
            pass
    return _make_variants(blob, sizes, limits, 1)


def _make_variants(
    blob: bytes, sizes: Sequence[Size], limits: Limits, cores: int
) -> ImageResult:
    times = _StepTimes()
    found = probe(blob, limits)
    header, blob = found.header, found.preview or blob
    requested, sizes = sizes, siblings.with_fallbacks(sizes)
    animated = {size for size in sizes if _is_animated(size, found, limits)}
    plan = resize_plan.make(
        (header.width, header.height),
        header.orientation,
        sizes,
        scalable=found.format is JPEG,
    )
    with decode(blob, found, plan, animated=bool(animated)) as decoded:
        if not decoded.resized:
            for frame in decoded.frames:
                for step in FRAME_STEPS:
                    step(frame)
        if decoded.size != plan.decoded:  # HEIC's decoder applies the rotation itself
            plan = resize_plan.make(decoded.size, header.orientation, sizes)
        alpha = decoded.frames[0].alpha_channel
        source = _source_info(plan, found, alpha=alpha)
        times.add("decode")
        outputs = {
            size: _output(size, found, alpha=alpha, animated=size in animated)
            for size in sizes
        }
        outputs = siblings.worth_encoding(outputs, source)
        variants = _resize_and_encode(decoded, plan, outputs, times, cores)
        hdr = None
        if found.format is JPEG:
            variants, hdr = gain_map.keep(
                blob, plan, outputs, variants, decoded.frames[0]
            )
            times.add("encode")
    chosen = tuple(siblings.chosen(size, variants) for size in requested)
    if hdr is True and not any(variant.hdr for variant in chosen):
        hdr = None  # only a fallback has it, which a sibling was compared with
    return ImageResult(
        source=source,
        variants=chosen,
        milliseconds=dict(times.milliseconds),
        hdr=hdr,
    )


class _StepTimes:
    """How long each step took, summed over frames and sizes."""

    def __init__(self) -> None:
        self.milliseconds: defaultdict[str, float] = defaultdict(float)
        self._last = time.perf_counter()

    def add(self, step: str) -> None:
        """Count the time since the last call as this step's."""
        now = time.perf_counter()
        self.milliseconds[step] += (now - self._last) * 1_000
        self._last = now


def _is_animated(size: Size, found: Probe, limits: Limits) -> bool:
    header, fmt = found.header, found.original
    source = SourceInfo(fmt.name, header.width, header.height, header.frames)
    # No format that depends on the alpha channel is animated.
    content_type = output_format(size.format, fmt, alpha=False).content_type
    return animation.is_made(size, source, content_type, limits)


def _source_info(plan: ResizePlan, found: Probe, *, alpha: bool) -> SourceInfo:
    """What was decoded.

    Raises:
        CorruptImage: it is not what the header says; the limits were checked by that.
    """
    header = found.header
    width, height = displayed_size((plan.width, plan.height), header.orientation)
    if not found.may_decode_to(width, height):
        msg = (
            f"the {found.format.name} decodes to {width}x{height} pixels, its header "
            f"says {header.width}x{header.height}"
        )
        raise CorruptImage(msg)
    return SourceInfo(found.original.name, width, height, header.frames, alpha)


def _output(size: Size, found: Probe, *, alpha: bool, animated: bool) -> Output:
    return Output(
        size=size,
        format=output_format(size.format, found.original, alpha=alpha),
        orientation=found.header.orientation,
        credit=found.header.credit,
        animated=animated,
        hdr=found.header.hdr,
        aim=size.focus,
    )


def _resize_and_encode(
    decoded: DecodedImage,
    plan: ResizePlan,
    outputs: dict[Size, Output],
    times: _StepTimes,
    cores: int,
) -> dict[Size, Variant]:
    """Encode each variant as soon as it has all its frames: few wait in memory."""
    last = len(decoded.frames) - 1
    with ExitStack() as stack, _encoder(cores, len(outputs)) as encoder:
        pending = {size: stack.enter_context(magick.Image()) for size in outputs}
        for index, image in enumerate(decoded.frames):
            wanted = {s: o for s, o in outputs.items() if index == 0 or o.animated}
            if index in decoded.repeats:
                appended = _repeat(image, wanted, pending)
            else:
                look = partial(_aim, outputs, wanted) if index == 0 else None
                frame = decoded.resized or image
                appended = _append(frame, plan, wanted, pending, look)
            for output in appended:
                times.add("resize")
                if index == last or not output.animated:
                    encoder.add(pending[output.size], output)
                    times.add("encode")
            if index:  # the first one's profiles may still be needed
                image.close()
        variants = encoder.variants()
        times.add("encode")
    return variants


def _encoder(cores: int, variants: int) -> InTurn | SideBySide:
    if min(cores, variants) == 1:
        return InTurn()
    from .encoding.side_by_side import SideBySide  # noqa: PLC0415 - takes 5 ms

    return SideBySide(cores, variants)


def _append(
    image: magick.Image | ResizedRows,
    plan: ResizePlan,
    outputs: Mapping[Size, Output],
    pending: Mapping[Size, magick.Image],
    look: Callable[[magick.Image], None] | None,
) -> Iterator[Output]:
    """Resize a frame and append it to each output's frames."""
    for sizes, frame in resize.each(image, plan, outputs, look):
        shared = siblings.fallbacks_first(outputs[size] for size in sizes)
        for output, finished in _finished(frame, shared):
            sequence.append(pending[output.size], finished)
            finished.close()  # the appended one then has its pixels for itself
            yield output


def _repeat(
    image: magick.Image,
    outputs: Mapping[Size, Output],
    pending: Mapping[Size, magick.Image],
) -> Iterator[Output]:
    """Append the last frame once more, with the timing of this one."""
    for output in siblings.fallbacks_first(outputs.values()):
        sequence.repeat(pending[output.size], image)
        yield output


def _aim(
    outputs: dict[Size, Output], wanted: dict[Size, Output], small: magick.Image
) -> None:
    """Aim the crops whose part is looked for, in the whole image in a few pixels.

    Also for the frames to come, and for a gain map.
    """
    waiting = [output for size, output in outputs.items() if size.is_looked_for]
    aim = steps.look(small, waiting[0])
    aimed = {output.size: replace(output, aim=aim) for output in waiting}
    outputs |= aimed
    wanted |= aimed


def _finished(
    frame: magick.Image, outputs: Sequence[Output]
) -> Iterator[tuple[Output, magick.Image]]:
    """Yield each output's frame; the resized one is used up, and all are closed."""
    shapes: dict[object, list[Output]] = {}
    for output in outputs:
        shapes.setdefault(steps.shape(output), []).append(output)
    for same, shaped in magick.copies(frame, [*shapes.values()]):
        for step in SHAPE_STEPS:
            step(shaped, same[0])
        for output, finished in magick.copies(shaped, same):
            for step in FORMAT_STEPS:
                step(finished, output)
            yield output, finished
