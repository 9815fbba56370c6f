"""Check a response of the decoder's process before it is used.

The process decodes hostile files, so an attacker may have written the response. Facts
about the upload must match its header, which this side reads itself, in pure Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import (
    CorruptImage,
    EmptyObject,
    EngineFailed,
    Rejected,
    ResultTooLarge,
    TooManyFrames,
    TooManyPixels,
    TruncatedImage,
    UnsupportedFormat,
    UnsupportedVariant,
)
from ...sizes.options import is_quality
from ..hdr.dropped import Dropped
from ..probe import probe
from ..results import ImageResult, SourceInfo, Variant
from .verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...sizes.size import Size
    from ..probe import Limits

STEPS = ("decode", "resize", "encode")
_MAX_MESSAGE_CHARACTERS = 1_000
_MAX_STEP_MILLISECONDS = 3_600_000.0
_VARIANT = {"content_type": str, "width": int, "height": int, "hdr": bool}

# Only what the image job can reject an upload for: no response can claim more.
_REJECTIONS: dict[str, type[Rejected]] = {
    kind.reason: kind
    for kind in (
        *(CorruptImage, EmptyObject, ResultTooLarge, TooManyFrames, TooManyPixels),
        *(TruncatedImage, UnsupportedFormat, UnsupportedVariant),
    )
}


def parse(
    header: dict[str, Any],
    bodies: list[bytes],
    blob: bytes,
    sizes: Sequence[Size],
    limits: Limits,
) -> ImageResult:
    """Check each variant against its size and the header of its file.

    Args:
        header: As the process sent it.
        bodies: As the process sent them; one per variant.
        blob: The upload.
        sizes: The sizes that were requested.
        limits: The limits on the upload.

    Raises:
        Rejected: the process rejected the upload.
        EngineFailed: the process failed, or its response is wrong.
    """
    if "failed" in header:
        msg = f"the engine failed: {_text(header['failed'])}"
        raise EngineFailed(msg)
    if "reason" in header:
        raise _rejection(header)
    try:
        result = ImageResult(
            source=_source(header["source"], blob, limits),
            variants=tuple(
                _variant(size, facts, body)
                for size, facts, body in zip(
                    sizes, header["variants"], bodies, strict=True
                )
            ),
            milliseconds=_milliseconds(header["milliseconds"]),
            hdr=_hdr(header["hdr"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError, Rejected) as error:
        raise _malformed(str(error)) from error
    verify(result)
    return result


def _rejection(header: dict[str, Any]) -> Rejected | EngineFailed:
    reason = header["reason"]
    if not isinstance(reason, str) or reason not in _REJECTIONS:
        return _malformed("its reason is unknown")
    return _REJECTIONS[reason](_text(header.get("message")))


def _source(facts: dict[str, Any], blob: bytes, limits: Limits) -> SourceInfo:
    found = probe(blob, limits)
    width, height = _int(facts["width"]), _int(facts["height"])
    name = found.original.name
    if (facts["format"], facts["frames"]) != (name, found.header.frames):
        msg = f"it was a {name} of {found.header.frames} frames"
        raise ValueError(msg)
    if not found.may_decode_to(width, height):
        msg = f"it was not {width}x{height} pixels"
        raise ValueError(msg)
    if type(facts["alpha"]) is not bool:
        msg = "an alpha that is not bool"
        raise ValueError(msg)
    return SourceInfo(name, width, height, found.header.frames, facts["alpha"])


def _variant(size: Size, facts: dict[str, Any], body: bytes) -> Variant:
    for name in ("color", "thumbhash"):
        if type(facts[name]) is not (str if size.suffix else type(None)):
            msg = f"the {name} of {size.name} is missing or unexpected"
            raise ValueError(msg)
    for name, kind in _VARIANT.items():
        if type(facts[name]) is not kind:
            msg = f"the {name} is not of type {kind.__name__}"
            raise ValueError(msg)
    quality = facts["quality"]
    if quality is not None and not (size.max_bytes and is_quality(quality)):
        msg = f"the quality of {size.name} is unexpected"
        raise ValueError(msg)
    return Variant(
        size=size,
        content_type=facts["content_type"],
        width=facts["width"],
        height=facts["height"],
        body=body,
        color=facts["color"],
        thumbhash=facts["thumbhash"],
        quality=quality,
        hdr=facts["hdr"],
    )


def _milliseconds(facts: dict[str, Any]) -> dict[str, float]:
    """Time per step; the names of the steps become keys of the log line."""
    for step, value in facts.items():
        number = type(value) in (int, float)
        if step not in STEPS or not (number and 0 <= value <= _MAX_STEP_MILLISECONDS):
            msg = "an unknown or invalid step time"
            raise ValueError(msg)
    return dict(facts)


def _hdr(value: object) -> bool | Dropped | None:
    """Whether a gain map was kept; the reasons are a fixed list."""
    if value is None or value is True:
        return value
    if not isinstance(value, str):
        msg = "an hdr that is not true or a reason"
        raise TypeError(msg)
    return Dropped(value)


def _int(value: object) -> int:
    if type(value) is not int:
        msg = "a number of pixels is not an integer"
        raise ValueError(msg)
    return value


def _text(value: object) -> str:
    return str(value)[:_MAX_MESSAGE_CHARACTERS]


def _malformed(problem: str) -> EngineFailed:
    return EngineFailed(f"the decoder's response is malformed: {_text(problem)}")
