"""The objects of both buckets, as S3 lists them: page by page, ordered by UTF-8 bytes.

Python orders strings by code points, which is the same order.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.storage.source_id import source_id_of
from resize_on_upload.storage.store import MAX_ORIGINAL_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from resize_on_upload.sizes.size import Size
    from tools.stack.deployment import Deployment

_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place in one listing: an original, or a size of it.

    Attributes:
        size: None for the original.
        source: The original's identity.
        refusal: Why the original cannot be resized, where its listing says so.
        modified: When the original was written.
    """

    key: str
    bytes: int
    size: Size | None = None
    source: str = ""
    refusal: str | None = None
    modified: datetime | None = None


def originals(deployment: Deployment, prefix: str) -> Iterator[Entry]:
    """Every original below a prefix, by its newest version; no folder markers."""
    client, bucket = deployment.client("s3"), deployment.original
    pages = client.get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix):
        for one in page.get("Versions", ()):
            if one["IsLatest"] and not _is_folder(one["Key"]):
                yield _entry(one)


def original(deployment: Deployment, key: str) -> Entry | None:
    """One original, as it is now."""
    client, bucket = deployment.client("s3"), deployment.original
    try:
        found = client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return None
        raise
    return _entry(found | {"Key": key, "Size": found["ContentLength"]})


def variants(deployment: Deployment, size: Size, prefix: str) -> Iterator[Entry]:
    """Every object of a size, by the key of its original, in the order of targets.

    That is the order of keys with the size's suffix behind each.
    """
    client, bucket = deployment.client("s3"), deployment.resized
    start, end = len(size.name) + 1, -len(size.suffix) or None
    pages = client.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=f"{size.name}/{prefix}"):
        for one in page.get("Contents", ()):
            key = one["Key"][start:end]
            # "a.json" is listed below the prefix "a.j", the key "a" is not below it.
            below = one["Key"].endswith(size.suffix) and key.startswith(prefix)
            if below and not _is_folder(key):
                yield Entry(key, one["Size"], size)


def reordered(entries: Iterable[Entry], suffix: str) -> Iterator[Entry]:
    """Entries in the order of keys, put into the order of key + suffix.

    "a-1.json" sorts before "a.json", though "a" sorts before "a-1". Only keys that
    begin the current one wait, so they are never more than a key has characters.
    """
    waiting: list[tuple[str, Entry]] = []
    for entry in entries:
        while waiting and waiting[0][0] <= entry.key:
            yield heapq.heappop(waiting)[1]
        heapq.heappush(waiting, (entry.key + suffix, entry))
    while waiting:
        yield heapq.heappop(waiting)[1]


def _is_folder(key: str) -> bool:
    """Whether a key is a marker, as the console makes one; it never gets a size."""
    return not key or key.endswith("/")


def _entry(listed: dict[str, Any]) -> Entry:
    refusal = None
    if listed["Size"] == 0:
        refusal = "empty"
    elif listed["Size"] > MAX_ORIGINAL_BYTES:
        refusal = "too-large-file"
    elif listed.get("StorageClass") in _ARCHIVES:
        refusal = "archived"
    return Entry(
        key=listed["Key"],
        bytes=listed["Size"],
        source=source_id_of(listed),
        refusal=refusal,
        modified=listed["LastModified"],
    )
