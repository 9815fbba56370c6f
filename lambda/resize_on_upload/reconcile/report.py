"""What was done for one key: for its log line, its event and its record."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..imaging.hdr.dropped import Dropped
    from ..imaging.results import ImageResult, SourceInfo
    from ..reasons import Reason
    from ..sizes.focus import Focus


@dataclass(slots=True)
class Report:
    """What was done for one key, filled in as it is done, so a failure has it too.

    Attributes:
        source_id: The original's; None if there is no original.
        source_bytes, source_info: The original's, once it was read and decoded.
        focus: The original's, if it has one.
        focus_ignored: Why its metadata has no valid focus.
        written, removed: Keys in the resized bucket.
        bytes_written: The sum over `written`.
        exceeds_max_bytes: Keys in `written` with more bytes than their size allows.
        replaced: Whether a variant of another original was to be replaced or deleted:
            caches may have it.
        invalidated: Whether the caches were made to forget it; None if they need not.
        invalidation_error: Why not.
        rounds: More than two mean that others wrote the key, too.
        skipped: Why there was nothing to do, if so.
        milliseconds: Time by step.
        throttled: How often S3 was overloaded even after the SDK's own attempts.
        hdr: Whether a gain map was kept, or why it was not.
    """

    source_id: str | None = None
    source_bytes: int | None = None
    source_info: SourceInfo | None = None
    focus: Focus | None = None
    focus_ignored: str | None = None
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    bytes_written: int = 0
    exceeds_max_bytes: list[str] = field(default_factory=list)
    replaced: bool = False
    invalidated: bool | None = None
    invalidation_error: str | None = None
    rounds: int = 0
    skipped: Reason | None = None
    milliseconds: dict[str, float] = field(default_factory=dict)
    throttled: int = 0
    hdr: bool | Dropped | None = None

    @property
    def may_have_written(self) -> bool:
        """Whether a write was at least tried: one that failed may have taken effect."""
        return self.source_info is not None

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time the block takes to `milliseconds`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._add(step, (time.perf_counter() - start) * 1_000)

    def add_written(self, key: str, count: int, *, exceeds_max_bytes: bool) -> None:
        """Record a written object of `count` bytes."""
        self.written.append(key)
        self.bytes_written += count
        if exceeds_max_bytes:
            self.exceeds_max_bytes.append(key)

    def add_throttled(self, seconds: float) -> None:
        """Record that S3 was overloaded, and how long a call waits for it."""
        self.throttled += 1
        self._add("throttled", seconds * 1_000)

    def add_result(self, result: ImageResult) -> None:
        """Record the image job's result."""
        self.source_info = result.source
        self.hdr = result.hdr if self.hdr is None else self.hdr
        for step, milliseconds in result.milliseconds.items():
            self._add(step, milliseconds)

    def _add(self, step: str, milliseconds: float) -> None:
        self.milliseconds[step] = self.milliseconds.get(step, 0.0) + milliseconds
