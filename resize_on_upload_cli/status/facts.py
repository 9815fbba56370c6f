"""What is known about one image: its original, each size, records and the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.compare.key_diff import (
    CURRENT,
    EXPIRED,
    MISSING,
    ORPHANED,
    REJECTED,
    STALE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from resize_on_upload_cli.monitoring.log_line import LogLine

FAILED, ABSENT, NO_SIZE, ON_REQUEST = "failed", "absent", "no-size", "on-request"
STATES = (
    *(CURRENT, MISSING, STALE, REJECTED, EXPIRED, ORPHANED),
    *(FAILED, ABSENT, NO_SIZE, ON_REQUEST),
)
"""Those of plan; and: the function failed, there is no original, its key gets no size,
and made when a viewer asks for it."""


@dataclass(frozen=True, slots=True)
class OriginalFacts:
    """The original as S3 describes it.

    Attributes:
        source_id: Which write of the key it is.
        version: S3's version id; None without versions.
        rejection: The code with which the function rejects it, if that can be seen.
    """

    source_id: str
    etag: str
    version: str | None
    bytes: int
    type: str
    modified: datetime
    storage_class: str
    focus: str | None
    rejection: str | None = None

    def document(self) -> dict[str, Any]:
        """Return it as --json prints it."""
        return {
            "etag": self.etag,
            "version_id": self.version,
            "bytes": self.bytes,
            "type": self.type,
            "modified": iso(self.modified),
            "storage_class": self.storage_class,
            "focus": self.focus,
        }


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """A variant as S3 describes it; pixels are 0 if they are unknown."""

    source_id: str
    recipe: str
    width: int
    height: int
    bytes: int
    type: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class SizeStatus:
    """One size of the image.

    Attributes:
        state: One of STATES.
        place: The variant's key in the resized bucket.
        why: The reason of the state, for people.
        code: The code of a rejection.
        stored: The variant, if it exists.
        url: With delivery.
    """

    name: str
    state: str
    place: str
    why: str = ""
    code: str | None = None
    stored: StoredFacts | None = None
    url: str | None = None

    def document(self) -> dict[str, Any]:
        """Return it as --json prints it."""
        stored = self.stored
        return {
            "size": self.name,
            "state": self.state,
            "code": self.code,
            "message": self.why or None,
            "object": self.place,
            "width": (stored.width or None) if stored else None,
            "height": (stored.height or None) if stored else None,
            "bytes": stored.bytes if stored else None,
            "type": (stored.type or None) if stored else None,
            "modified": iso(stored.modified) if stored else None,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class QueueRecord:
    """A record in the failed or the rejected queue.

    Attributes:
        queue: `failed` or `rejected`.
        decided_by: The original and the sizes that a rejection is about.
        time: When it was written, in UTC.
    """

    queue: str
    code: str
    message: str
    time: str
    decided_by: tuple[str, str] = ("", "")

    def document(self) -> dict[str, Any]:
        """Return it as --json prints it."""
        about = {"code": self.code, "message": self.message}
        return {"queue": self.queue, **about, "time": self.time}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """All of it.

    Attributes:
        original: None if there is no original.
        deleted: When S3 replaced the original by a delete marker, if it did.
        similar: A key of an original that resembles this one, if this one is absent.
        sizes: Every deployed size.
        records: Of this key, the newest last.
        lines: The last one about it in the log of each function.
        age: Seconds since the upload of the original; 0 without one.
        notes: What could not be read.
    """

    key: str
    original: OriginalFacts | None
    deleted: datetime | None
    similar: str | None
    sizes: Sequence[SizeStatus]
    records: Sequence[QueueRecord]
    lines: Sequence[LogLine] = ()
    age: float = 0.0
    notes: Sequence[str] = ()

    def of_state(self, *states: str) -> list[str]:
        """Return the names of the sizes in one of the states."""
        return [size.name for size in self.sizes if size.state in states]


def iso(time: datetime) -> str:
    """Return a time in UTC, to the second."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
