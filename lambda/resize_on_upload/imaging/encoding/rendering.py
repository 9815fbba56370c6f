"""Decoded frames → encoded variants.

Each frame is resized for every size, and goes through SHAPE_STEPS and FORMAT_STEPS of
steps.py; a variant with all its frames is encoded. Sizes that differ only in format or
quality share all but the last two.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from .. import steps
from ..imagemagick import magick, sequence
from ..output import siblings
from ..resizing import resize
from .variants import InTurn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...sizes.size import Size
    from ..codecs.decode import DecodedImage
    from ..output.output import Output
    from ..resizing.resize import ResizedRows
    from ..resizing.resize_plan import ResizePlan
    from ..results import StepTimes, Variant
    from .side_by_side import SideBySide


def render(
    decoded: DecodedImage,
    plan: ResizePlan,
    outputs: dict[Size, Output],
    times: StepTimes,
    cores: int,
) -> dict[Size, Variant]:
    """Encode each variant as soon as it has all its frames: few wait in memory.

    Args:
        decoded: The frames.
        plan: How to resize them.
        outputs: How each size is written.
        times: How long the steps took is added to these.
        cores: Variants that may be encoded at the same time.
    """
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
    from .side_by_side import SideBySide  # noqa: PLC0415 - takes 5 ms

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
        for step in steps.SHAPE_STEPS:
            step(shaped, same[0])
        for output, finished in magick.copies(shaped, same):
            for step in steps.FORMAT_STEPS:
                step(finished, output)
            yield output, finished
