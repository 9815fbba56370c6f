"""One key: from what the original bucket holds to every size of it, written."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import KeyTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .imaging.derive import Derived, Variant
    from .sizes import Size
    from .store import Original, Store

LONGEST_KEY = 1_024
"""Bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


@dataclass(slots=True)
class Report:
    """What was done for one key, filled in as it is done, so a failure has it too.

    Attributes:
        original, derived: Set once read and resized.
        written: The keys written to the resized bucket.
        skipped: Why there was nothing to do, where there was nothing to do.
        milliseconds: Time by step: download, derive, write.
    """

    original: Original | None = None
    derived: Derived | None = None
    written: list[str] = field(default_factory=list)
    skipped: str | None = None
    milliseconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time the block takes to `milliseconds`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.milliseconds[step] = (time.perf_counter() - start) * 1_000


def reconcile(
    key: str,
    store: Store,
    sizes: tuple[Size, ...],
    derive: Callable[[bytes], Derived],
    report: Report,
) -> None:
    """Write every size of the object at `key`.

    All sizes are made before the first is written: no half set of a bad picture.

    Raises:
        Rejected: the object cannot be resized; nothing was written for it.
        Failed: S3 did not play along; run it again.
    """
    if key.endswith("/"):
        report.skipped = "a folder marker"
        return
    targets = {size: _resized_key(size, key) for size in sizes}
    with report.timed("download"):
        original = report.original = store.read(key)
    if original is None:
        report.skipped = "the object is gone"
        return
    with report.timed("derive"):
        derived = report.derived = derive(original.body)
    with report.timed("write"):
        for variant in derived.variants:
            store.write(
                targets[variant.size],
                variant.body,
                variant.content_type,
                _metadata(original, variant),
            )
            report.written.append(targets[variant.size])


def _resized_key(size: Size, key: str) -> str:
    resized = f"{size.name}/{key}"
    length = len(resized.encode())
    if length > LONGEST_KEY:
        msg = (
            f"with its prefix {size.name}/ the key has {length} bytes; S3 holds at most"
            f" {LONGEST_KEY}. Upload it under a shorter key"
        )
        raise KeyTooLong(msg)
    return resized


def _metadata(original: Original, variant: Variant) -> dict[str, str]:
    """Where a variant comes from, for tools; ASCII, as S3 wants metadata."""
    return {
        "source-etag": original.etag,
        "source-version": original.version_id or "",
        "geometry": variant.size.geometry.text,
        "width": str(variant.width),
        "height": str(variant.height),
    }
