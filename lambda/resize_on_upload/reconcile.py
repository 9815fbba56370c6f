"""One key: from what the original bucket holds to every size of it, written."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import KeyTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .imaging.variants import Derived, Variant
    from .sizes import Size
    from .store import Original, Store

MOST_WRITES = 8
"""At once, for one upload; the client keeps ten connections."""

LONGEST_KEY = 1_024
"""Bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


@dataclass(slots=True)
class Report:
    """What was done for one key, filled in as it is done, so a failure has it too.

    Attributes:
        original, derived: Set once read and resized.
        written: The keys written to the resized bucket.
        skipped: Why there was nothing to do, where there was nothing to do.
        milliseconds: Time by step: download, derive, write; and all of it.
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
        _write(derived, original, targets, store, report)


def _write(
    derived: Derived,
    original: Original,
    targets: dict[Size, str],
    store: Store,
    report: Report,
) -> None:
    """All variants at once: an answer of S3's takes longer than most pictures.

    Raises:
        Failed: the first that failed; all others were still tried.
    """

    def write(variant: Variant) -> None:
        target = targets[variant.size]
        metadata = _metadata(original, variant)
        store.write(target, variant.body, variant.content_type, metadata)
        report.written.append(target)

    with ThreadPoolExecutor(MOST_WRITES) as writers:
        writes = [writers.submit(write, variant) for variant in derived.variants]
    for done in writes:
        done.result()


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
