"""What the two buckets hold: originals and variants."""

from __future__ import annotations

from dataclasses import dataclass

from .carry_over import NOTHING_CARRIED_OVER, CarriedOver


@dataclass(frozen=True, slots=True)
class Original:
    """An uploaded object as it was when it was read.

    Attributes:
        source_id: Its identity; no other write to the key has the same.
        body: Its bytes.
        carried_over: What its variants repeat of what the uploader said.
    """

    source_id: str
    body: bytes
    carried_over: CarriedOver = NOTHING_CARRIED_OVER


@dataclass(frozen=True, slots=True)
class StoredVariant:
    """A variant as it lies in the resized bucket.

    Attributes:
        etag: What a conditional write or delete goes by, as S3 gave it.
        source_id, recipe: Which original it is of and what made it; empty if
            somebody else put it there.
        width, height, bytes, content_type: As a manifest tells them.
    """

    etag: str
    source_id: str
    recipe: str
    width: int = 0
    height: int = 0
    bytes: int = 0
    content_type: str = ""
