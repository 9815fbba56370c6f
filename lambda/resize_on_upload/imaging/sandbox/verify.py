"""Check a variant before it is written: format, exact size, no private metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import EngineFailed, Rejected
from ...sizes.size import KEEP
from ..hdr import container
from ..hdr.dropped import Dropped, GainMapDroppedError
from ..headers.base import BrokenHeaderError
from ..output.siblings import content_types
from ..probe import Limits, probe

if TYPE_CHECKING:
    from ..results import ImageResult, SourceInfo, Variant

MAX_METADATA_BYTES = 256
"""For a resolution and the like; EXIF, a profile or a text would take more."""

_COLOR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_THUMBHASH = re.compile(
    r"(?:[A-Za-z0-9+/]{4}){5,8}(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
)
"""16 to 27 bytes in base64; the shortest hash has 17, the longest 25."""

MAX_CREDIT_BYTES = 1_024
"""In addition, if the artist and the copyright are kept."""


def verify(result: ImageResult) -> None:
    """Check every variant against its size and the header of its file.

    Raises:
        EngineFailed: one is wrong; nothing may be written.
    """
    for variant in result.variants:
        if problem := _problem(variant, result.source):
            msg = f"the engine made a wrong {variant.size.name}: {problem}"
            raise EngineFailed(msg)
    if (result.hdr is True) != any(variant.hdr for variant in result.variants):
        msg = "the engine reported a gain map that no variant has, or did not report it"
        raise EngineFailed(msg)


def _problem(variant: Variant, source: SourceInfo) -> str | None:
    size = variant.size.dimensions(source.width, source.height)
    try:
        found = probe(_checked_base(variant), Limits())
    except (Rejected, GainMapDroppedError, BrokenHeaderError) as error:
        return f"it cannot be read back: {error}"
    header = found.header
    problem = _problem_of_placeholder(variant)
    problem = problem or _problem_of_type(variant, source, found.format.content_type)
    if problem:
        return problem
    if not (header.width, header.height) == (variant.width, variant.height) == size:
        return f"it is {header.width}x{header.height}, not {size[0]}x{size[1]}"
    if header.metadata > MAX_METADATA_BYTES + MAX_CREDIT_BYTES * variant.size.copyright:
        return f"it carries {header.metadata} bytes of metadata"
    return None


def _problem_of_placeholder(variant: Variant) -> str | None:
    if variant.color is not None and not _COLOR.fullmatch(variant.color):
        return "its colour is not #rrggbb"
    if variant.thumbhash is not None and not _THUMBHASH.fullmatch(variant.thumbhash):
        return "its ThumbHash is not 16 to 27 bytes in base64"
    return None


def _checked_base(variant: Variant) -> bytes:
    """The image without its gain map, which is checked.

    Nothing but the two JPEGs and plausible numbers is in the file.

    Raises:
        GainMapDroppedError: the gain map, or how it is joined, is wrong.
        Rejected: the gain map cannot be read back.
    """
    if not variant.hdr:
        return variant.body
    base, gain_map, parameters = container.split(variant.body)
    if container.join(base, gain_map, parameters) != variant.body:
        raise GainMapDroppedError(Dropped.UNKNOWN_METADATA)
    header = probe(gain_map, Limits()).header
    fits = header.width <= variant.width and header.height <= variant.height
    if variant.size.hdr != KEEP or not fits or header.metadata > MAX_METADATA_BYTES:
        raise GainMapDroppedError(Dropped.TOO_LARGE)
    return base


def _problem_of_type(variant: Variant, source: SourceInfo, found: str) -> str | None:
    """A sibling may have its own type or its fallback's, and no other size has two."""
    if found != variant.content_type:
        return f"it is {found}, not {variant.content_type}"
    possible = content_types(variant.size, source)
    if found not in possible:
        return f"it is {found}, not {' or '.join(sorted(possible))}"
    return None
