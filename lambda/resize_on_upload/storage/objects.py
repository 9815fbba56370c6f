"""What the two buckets hold: originals and variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .carry_over import NOTHING_CARRIED_OVER, CarriedOver

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Original:
    """An uploaded object as it was when it was read.

    Attributes:
        source_id: No other write to the key has the same.
        carried_over: What its variants copy from it.
        focus: The uploader's metadata of that name, not parsed; None without it.
    """

    source_id: str
    body: bytes
    carried_over: CarriedOver = NOTHING_CARRIED_OVER
    focus: str | None = None


@dataclass(frozen=True, slots=True)
class StoredVariant:
    """A variant as it is in the resized bucket.

    Attributes:
        etag: For `If-Match`.
        source_id, recipe: Its original and how it was made; empty if it was not
            written by the function.
        width, height, bytes, content_type, hdr: As in a manifest; pixels.
        code: Of a rejection, which is stored like a variant: its reason.
    """

    etag: str
    source_id: str
    recipe: str
    width: int = 0
    height: int = 0
    bytes: int = 0
    content_type: str = ""
    hdr: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class ServedVariant:
    """A variant as S3 sends it to a viewer.

    Attributes:
        headers: By their HTTP names, lower case. CloudFront removes the function's own
            metadata, as from S3's responses.
        modified: When it was written, in UTC.
    """

    body: bytes
    headers: dict[str, str]
    modified: datetime
