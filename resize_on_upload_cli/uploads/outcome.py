"""What became of each file: where its variants are, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes.size import UPLOAD, sizes_for_key
from resize_on_upload_cli.actions import wait
from resize_on_upload_cli.compare.key_diff import CURRENT, REJECTED
from resize_on_upload_cli.stack.parallel import map_parallel
from resize_on_upload_cli.uploads.batch import FAILED, THERE, UPLOADED

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.uploads.batch import Sent

_SUMMARY = {
    UPLOADED: "uploaded",
    THERE: "already there",
    REJECTED: "rejected",
    "behind": "without their variants",
    FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Attributes:
        diff: What its key lacks; None if it was not uploaded.
    """

    sent: Sent
    diff: KeyDiff | None

    @property
    def state(self) -> str:
        """One of plan's states, or FAILED."""
        return self.diff.state if self.diff else FAILED

    @property
    def message(self) -> str:
        """Why it has no variants, for people."""
        if self.diff is None:
            return self.sent.message
        return f"{self.diff.why}{self.diff.details}"

    @property
    def counted(self) -> list[str]:
        """What it counts as in the summary."""
        bad = REJECTED if self.state == REJECTED else "behind"
        is_bad = self.state not in (CURRENT, FAILED)
        return [self.sent.state, *([bad] if is_bad else [])]


def of_all(buckets: BucketDiff, sent: Sequence[Sent]) -> Iterator[Outcome]:
    """Wait for the variants; yield each outcome as soon as it is known."""
    by_key = {one.key: one for one in sent if one.state == UPLOADED}
    there = {one.key: one for one in sent if one.state == THERE}
    yield from (Outcome(one, None) for one in sent if one.state == FAILED)
    if there:
        buckets.rejections.add_of(buckets.deployment)
    for key, diff in zip(there, map_parallel(buckets.compare, there), strict=True):
        yield Outcome(there[key], diff)
    for diff in wait.wait_for_all(buckets, by_key):
        yield Outcome(by_key[diff.key], diff)


def summary(counts: Counter[str], *, dry_run: bool) -> str:
    """Return how many files were uploaded, and what became of the others."""
    words = _SUMMARY | ({UPLOADED: "would be uploaded"} if dry_run else {})
    return ", ".join(f"{counts[it]:,} {words[it]}" for it in words if counts[it])


def lines(stack: Deployment, one: Outcome) -> list[str]:
    """Return where the variants are; without any, why."""
    if one.state == FAILED:
        return [f"{one.sent.file}: failed: {one.message}"]
    if one.state == CURRENT:
        return list(_urls(stack, one).values()) or _objects(stack, one)
    return [f"{one.sent.key}: {one.state}: {one.message}"]


def document(stack: Deployment, one: Outcome) -> dict[str, Any]:
    """Return the same for programs."""
    rejected = one.diff.why if one.diff and one.state == REJECTED else None
    found: dict[str, Any] = {
        "key": one.sent.key or None,
        "state": one.state,
        "code": rejected,
        "message": one.message or None,
        "file": str(one.sent.file),
        "uploaded": one.sent.state == UPLOADED,
        "rejected": rejected,
        "sizes": _objects(stack, one),
    }
    return found | ({"urls": _urls(stack, one)} if stack.url else {})


def _objects(stack: Deployment, one: Outcome) -> list[str]:
    """Return the variants that were made at the upload."""
    return [
        f"s3://{stack.resized}/{size.variant_key(one.sent.key)}"
        for size in _sizes(stack, one)
        if size.make == UPLOAD
    ]


def _urls(stack: Deployment, one: Outcome) -> dict[str, str]:
    """Return the URL of each size, also of those that no viewer has requested yet."""
    sizes = _sizes(stack, one) if stack.url else ()
    return {size.name: stack.variant_url(size, one.sent.key) for size in sizes}


def _sizes(stack: Deployment, one: Outcome) -> Sequence[Any]:
    return sizes_for_key(stack.sizes, one.sent.key) if one.state == CURRENT else ()
