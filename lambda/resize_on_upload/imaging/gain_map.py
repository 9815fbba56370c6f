"""Write a smaller gain map with each smaller image whose size keeps HDR."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import Rejected, TooManyPixels
from ..sizes.size import KEEP
from . import srgb, steps
from .codecs.decode import decode
from .codecs.encode import encode
from .formats import JPEG
from .hdr import container
from .hdr.dropped import Dropped, GainMapDroppedError
from .hdr.find import find
from .headers.exif import displayed_size
from .imagemagick import magick
from .probe import Limits, probe
from .resizing import resize
from .resizing.resize_plan import ResizePlan, Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ..sizes.size import Size
    from .hdr.find import GainMap
    from .output.output import Output
    from .results import Variant


MAX_SCANNED_PIXELS = 100_000_000
"""About a second: if an image takes too long, it has no variants at all."""


def keep(
    blob: bytes,
    plan: ResizePlan,
    outputs: Mapping[Size, Output],
    variants: Mapping[Size, Variant],
    decoded: magick.Image,
) -> tuple[dict[Size, Variant], bool | Dropped | None]:
    """Add gain maps to the variants that keep HDR.

    Args:
        blob: The upload, a JPEG.
        plan: How the variants were resized.
        outputs: How they were written.
        variants: All of them.
        decoded: The upload; only its colour profile is read.

    Returns:
        The variants, and whether the gain map was kept, or why it was not; None if
        there is none, or no size keeps it.
    """
    wanted = {
        size: outputs[size]
        for size in variants
        if size.hdr == KEEP and outputs[size].format is JPEG
    }
    try:
        found = find(blob) if wanted else None
        if found is None:
            return dict(variants), None
        profile = decoded.profiles["icc"] or b""
        made = dict(_made(found, plan, wanted, variants, profile))
    except GainMapDroppedError as error:
        return dict(variants), error.reason
    except (MemoryError, magick.WandException):
        return dict(variants), Dropped.TOO_LARGE
    return {**variants, **made}, True if made else Dropped.OVER_MAX_BYTES


def _made(
    found: GainMap,
    plan: ResizePlan,
    wanted: Mapping[Size, Output],
    variants: Mapping[Size, Variant],
    profile: bytes,
) -> Iterator[tuple[Size, Variant]]:
    with _decoded(found, (plan.width, plan.height), profile) as image:
        stored = image.width, image.height
        targets = tuple(_targets(plan, wanted, stored))
        same = ResizePlan(*stored, 8, targets)
        plain = {_unsharpened(size): size for size in wanted}
        for (like,), frame in resize.each(image, same, plain):
            size = plain[like]
            with frame:
                small = _shaped(frame, wanted[size], plan, stored)
            body = container.join(variants[size].body, small, found.parameters)
            if size.max_bytes is None or len(body) <= size.max_bytes:
                yield size, replace(variants[size], body=body, hdr=True)


def _unsharpened(size: Size) -> Size:
    """Edges of a gain map are those of its base: they must not be stressed twice."""
    return replace(size, sharpen=0)


def _targets(
    plan: ResizePlan, wanted: Collection[Size], stored: tuple[int, int]
) -> Iterator[Target]:
    """What to resize the gain map to: to its base's dimensions if that is cropped.

    So it is cropped to exactly the same part, whatever its own dimensions are.
    """
    for target in plan.targets:
        pixels = target.width, target.height
        for size in target.sizes:
            if size in wanted:
                small = _in_proportion(pixels, (plan.width, plan.height), stored)
                same = (_unsharpened(size),)
                yield Target(same, *(pixels if size.crop else small))


def _in_proportion(
    pixels: tuple[int, int], base: tuple[int, int], gain_map: tuple[int, int]
) -> tuple[int, int]:
    """As many pixels of the gain map as of the base."""
    width, height = (
        max(1, round(side * small / large))
        for side, large, small in zip(pixels, base, gain_map, strict=True)
    )
    return width, height


def _shaped(
    frame: magick.Image, output: Output, plan: ResizePlan, stored: tuple[int, int]
) -> bytes:
    """Turn and crop the gain map like its base, and encode it."""
    steps.apply_orientation(frame, output)
    if not output.size.crop:
        return _encoded(frame, output)
    steps.crop(frame, output)
    base = displayed_size((plan.width, plan.height), output.orientation)
    gain_map = displayed_size(stored, output.orientation)
    pixels = frame.width, frame.height
    size = _unsharpened(output.size)
    target = Target((size,), *_in_proportion(pixels, base, gain_map))
    alone = ResizePlan(*pixels, 8, (target,))
    ((_, small),) = resize.each(frame, alone, (size,))
    with small:
        return _encoded(small, output)


def _encoded(image: magick.Image, output: Output) -> bytes:
    image.strip()
    return encode(image, JPEG, output.size.quality)


def _decoded(found: GainMap, base: tuple[int, int], profile: bytes) -> magick.Image:
    """The gain map's pixels.

    Raises:
        GainMapDroppedError: it is larger than its base, damaged, or has colours that
            are not for sRGB.
    """
    try:
        probed = probe(found.blob, Limits())
        size = probed.header.width, probed.header.height
        if size[0] > base[0] or size[1] > base[1]:
            raise GainMapDroppedError(Dropped.TOO_LARGE)
        if size[0] * size[1] * found.scans > MAX_SCANNED_PIXELS:
            raise GainMapDroppedError(Dropped.TOO_MANY_SCANS)
        plan = ResizePlan(*size, 8, (Target((), *size),))
        (image,) = decode(found.blob, probed, plan).frames
    except TooManyPixels as error:
        raise GainMapDroppedError(Dropped.TOO_LARGE) from error
    except Rejected as error:
        raise GainMapDroppedError(Dropped.BROKEN) from error
    try:
        _check_colours(image, found, profile)
        if found.table:
            _translate(image, found.table)
    except BaseException:
        image.close()
        raise
    return image


def _check_colours(image: magick.Image, found: GainMap, profile: bytes) -> None:
    """Check that the gain map can be used with an image converted to sRGB.

    A gain of all three channels is the same in any colour space.
    """
    kind = magick.colorspace(image)
    if kind not in ("gray", "srgb"):
        raise GainMapDroppedError(Dropped.BROKEN)
    if not profile or srgb.is_similar(profile):
        return
    if len(found.parameters.channels) > 1 or (kind == "srgb" and _has_colours(image)):
        raise GainMapDroppedError(Dropped.OTHER_COLORS)


def _has_colours(image: magick.Image) -> bool:
    red, green, blue = (magick.pixels(image, channel).raw for channel in "RGB")
    return not red == green == blue


def _translate(image: magick.Image, table: bytes) -> None:
    """Replace each value; 255, which is also alpha's, stays."""
    buffer = magick.pixels(image, "RGBA")
    buffer.raw = buffer.raw.translate(table)
    magick.replace_pixels(image, image.width, image.height, "RGBA", buffer)
