"""What is listed in the resized bucket and not needed: what prune deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.sizes.size import REJECTION, UPLOAD, sizes_for_key
from resize_on_upload_cli.compare.key_diff import ORPHANED, KeyDiff
from resize_on_upload_cli.stack import listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.stack.listing import ListedObject

GONE = "its original is gone"


def find(buckets: BucketDiff, prefix: str = "") -> Iterator[KeyDiff]:
    """Find variants without an original or that their key no longer gets.

    Rejections likewise. Only listings are read.
    """
    for entries in listing.by_key(buckets.deployment, buckets.sizes, prefix):
        if unneeded := _unneeded(buckets.sizes, entries):
            yield orphan(unneeded)


def _unneeded(
    sizes: Sequence[Size], entries: Sequence[ListedObject]
) -> list[ListedObject]:
    has_original = any(entry.size is None for entry in entries)
    wanted = sizes_for_key(sizes, entries[0].key) if has_original else ()
    needed = {None, *wanted}
    if any(size.make == UPLOAD for size in wanted):
        needed.add(REJECTION)
    return [entry for entry in entries if entry.size not in needed]


def orphan(entries: Sequence[ListedObject]) -> KeyDiff:
    """Describe what is listed of a key that is not needed."""
    sizes = [entry.size for entry in entries if entry.size]
    return KeyDiff(
        key=entries[0].key,
        state=ORPHANED,
        why=GONE,
        sizes=tuple(size.name for size in sizes),
        bytes=sum(entry.bytes for entry in entries),
        variant_keys=tuple(size.variant_key(entries[0].key) for size in sizes),
        has_original=False,
    )
