"""The objects of both buckets, as S3 lists them: page by page, ordered by UTF-8 bytes.

Python orders strings by code points, which is the same order.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.errors import ArchivedObject, EmptyObject, TooLargeFile
from resize_on_upload.sizes.size import REJECTION
from resize_on_upload.storage.responses import MAX_ORIGINAL_BYTES
from resize_on_upload.storage.source_id import source_id_of
from resize_on_upload_cli.stack.parallel import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment

ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An original or a variant, by the key of the original.

    Attributes:
        size: The size of a variant; None for an original.
        source_id: Which write of the original this is.
        rejection: The code with which the function rejects it, if the listing shows it.
        modified: When it was written.
    """

    key: str
    bytes: int
    size: Size | None = None
    source_id: str = ""
    rejection: str | None = None
    modified: datetime | None = None


def by_key(
    deployment: Deployment, sizes: Sequence[Size], prefix: str
) -> Iterator[list[ListedObject]]:
    """Yield all objects of each key of either bucket that begins with a prefix.

    Listings are merged as they arrive, so memory does not grow with the buckets. All
    are first sorted like that of manifests: by the key with ".json" appended.
    """
    suffix = REJECTION.suffix
    listings = [reordered(originals(deployment, prefix), suffix)]
    for size in (*sizes, REJECTION):
        found = variants(deployment, size, prefix)
        listings.append(found if size.suffix else reordered(found, suffix))
    merged = heapq.merge(*listings, key=lambda entry: entry.key + suffix)
    for _, entries in groupby(merged, lambda entry: entry.key):
        yield list(entries)


def originals(deployment: Deployment, prefix: str) -> Iterator[ListedObject]:
    """List the current version of every original under a prefix, no folder markers."""
    pages = deployment.reader.versions(deployment.original, prefix)
    return read_ahead(_originals(page.entries) for page in pages)


def original(deployment: Deployment, key: str) -> ListedObject | None:
    """Return one original, by a HEAD."""
    try:
        found = deployment.reader.head_object(Bucket=deployment.original, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return None
        raise
    return _original({**found, "Key": key, "Size": found["ContentLength"]})


def variants(deployment: Deployment, size: Size, prefix: str) -> Iterator[ListedObject]:
    """List every variant of a size whose key begins with a prefix.

    The order is that of the variants: of keys with the size's suffix appended.
    """
    pages = deployment.reader.objects(deployment.resized, f"{size.name}/{prefix}")
    return read_ahead(_variants(page.entries, size, prefix) for page in pages)


def reordered(entries: Iterable[ListedObject], suffix: str) -> Iterator[ListedObject]:
    """Reorder entries sorted by key, so that they are sorted by key + suffix.

    "a-1.json" sorts before "a.json", though "a" sorts before "a-1". Only keys that are
    a prefix of the current one wait, so no more wait than a key has characters.
    """
    waiting: list[tuple[str, ListedObject]] = []
    for entry in entries:
        while waiting and waiting[0][0] <= entry.key:
            yield heapq.heappop(waiting)[1]
        heapq.heappush(waiting, (entry.key + suffix, entry))
    while waiting:
        yield heapq.heappop(waiting)[1]


def _is_folder(key: str) -> bool:
    """Return whether a key is a folder marker of the console; it gets no variants."""
    return not key or key.endswith("/")


def _originals(versions: Iterable[Mapping[str, Any]]) -> Iterator[ListedObject]:
    for version in versions:
        if version["IsLatest"] and not _is_folder(version["Key"]):
            yield _original(version)


def _variants(
    found: Iterable[Mapping[str, Any]], size: Size, prefix: str
) -> Iterator[ListedObject]:
    start, end = len(size.name) + 1, -len(size.suffix) or None
    for one in found:
        key = one["Key"][start:end]
        # "a.json" begins with "a.j", but its original's key, "a", does not.
        matches = one["Key"].endswith(size.suffix) and key.startswith(prefix)
        if matches and not _is_folder(key):
            yield ListedObject(key, one["Size"], size, modified=one["LastModified"])


def _original(listed: Mapping[str, Any]) -> ListedObject:
    return ListedObject(
        key=listed["Key"],
        bytes=listed["Size"],
        source_id=source_id_of(listed),
        rejection=rejection(listed),
        modified=listed["LastModified"],
    )


def rejection(listed: Mapping[str, Any]) -> str | None:
    """Return the code with which the function rejects it, if the listing shows it."""
    if listed["Size"] == 0:
        return EmptyObject.reason
    if listed["Size"] > MAX_ORIGINAL_BYTES:
        return TooLargeFile.reason
    if listed.get("StorageClass") in ARCHIVES:
        return ArchivedObject.reason
    return None
