"""The image job: the bytes of an upload → every variant of it.

Probe, plan, decode; each decoded frame goes through FRAME_STEPS of steps.py and is then
rendered for every size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import CorruptImage, Rejected
from . import gain_map, steps
from .codecs.decode import decode
from .encoding.rendering import render
from .formats import JPEG, output_format
from .headers.exif import displayed_size
from .output import animation, siblings
from .output.output import Output
from .probe import DEFAULTS, Limits, Probe, probe
from .resizing import resize_plan
from .results import ImageResult, SourceInfo, StepTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..sizes.size import Size
    from .codecs.decode import DecodedImage
    from .resizing.resize_plan import ResizePlan


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
    times = StepTimes()
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
        _run_frame_steps(decoded)
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
        variants = render(decoded, plan, outputs, times, cores)
        hdr = None
        if found.format is JPEG:
            variants, hdr = gain_map.keep(
                blob, plan, outputs, variants, decoded.frames[0]
            )
            times.add("encode")
    chosen = tuple(siblings.chosen(size, variants) for size in requested)
    if hdr is True and not any(variant.hdr for variant in chosen):
        hdr = None  # only a fallback has it, which a sibling was compared with
    return ImageResult(source, chosen, dict(times.milliseconds), hdr)


def _run_frame_steps(decoded: DecodedImage) -> None:
    if decoded.resized:  # its rows needed none
        return
    for frame in decoded.frames:
        for step in steps.FRAME_STEPS:
            step(frame)


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
