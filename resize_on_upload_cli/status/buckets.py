"""One image in both buckets: its original, or what became of it, and its variants."""

from __future__ import annotations

import difflib
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.sizes.size import REJECTION
from resize_on_upload.storage.source_id import source_id_of
from resize_on_upload_cli.stack import listing
from resize_on_upload_cli.status.facts import (
    OriginalFacts,
    QueueRecord,
    StoredFacts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment

_MAX_SIMILAR = 1_000
"""Keys that are compared with one that does not exist."""

_RESEMBLES = 0.8

_MAX_REJECTION_BYTES = 64 * 1024
"""Several times what the longest key and message have."""


def original(deployment: Deployment, key: str) -> OriginalFacts | None:
    """Describe the original; None if there is none."""
    head = _head(deployment, deployment.original, key)
    if head is None:
        return None
    version = head.get("VersionId") or "null"
    return OriginalFacts(
        source_id=source_id_of(head),
        etag=head["ETag"].strip('"'),
        version=None if version == "null" else version,
        bytes=head["ContentLength"],
        type=head.get("ContentType", ""),
        modified=head["LastModified"],
        storage_class=head.get("StorageClass") or "STANDARD",
        focus=head.get("Metadata", {}).get("focus"),
        rejection=listing.rejection({**head, "Size": head["ContentLength"]}),
    )


def stored(
    deployment: Deployment, key: str, size: Size
) -> tuple[str, StoredFacts] | None:
    """Describe the variant of a size, with the size's name; None if it has none."""
    if size.key_too_long(key):
        return None  # S3 would refuse the request
    head = _head(deployment, deployment.resized, size.variant_key(key))
    if head is None:
        return None
    metadata = head.get("Metadata", {})
    return size.name, StoredFacts(
        source_id=metadata.get("source", ""),
        recipe=metadata.get("recipe", ""),
        width=_pixels(metadata.get("width")),
        height=_pixels(metadata.get("height")),
        bytes=head.get("ContentLength", 0),
        type=head.get("ContentType", ""),
        modified=head["LastModified"],
    )


def rejection(deployment: Deployment, key: str) -> QueueRecord | None:
    """Read the object about a key's rejection, as a record; None if there is none.

    Others may be allowed to write to the resized bucket.
    """
    if REJECTION.key_too_long(key):
        return None
    client, bucket = deployment.client("s3"), deployment.resized
    try:
        found = client.get_object(Bucket=bucket, Key=REJECTION.variant_key(key))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise
    with closing(found["Body"]) as body:
        message = _message(body.read(_MAX_REJECTION_BYTES))
    metadata = found.get("Metadata", {})
    return QueueRecord(
        queue="rejected",
        code=metadata.get("code", ""),
        message=message,
        time="",
        decided_by=(metadata.get("source", ""), metadata.get("recipe", "")),
    )


def _message(body: bytes) -> str:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(document.get("message", "")) if isinstance(document, dict) else ""


def deleted(deployment: Deployment, key: str) -> datetime | None:
    """Return when a key without an original got its delete marker, if it has one."""
    found = deployment.client("s3").list_object_versions(
        Bucket=deployment.original, Prefix=key, MaxKeys=1
    )
    for marker in found.get("DeleteMarkers", ()):
        if marker["Key"] == key and marker["IsLatest"]:
            return marker["LastModified"]
    return None


def similar(deployment: Deployment, key: str) -> str | None:
    """Return the key of an original in the same folder that resembles a key."""
    folder = key.rpartition("/")[0]
    found = deployment.client("s3").list_objects_v2(
        Bucket=deployment.original,
        Prefix=f"{folder}/" if folder else "",
        MaxKeys=_MAX_SIMILAR,
    )
    keys = {one["Key"].casefold(): one["Key"] for one in found.get("Contents", ())}
    close = difflib.get_close_matches(key.casefold(), keys, 1, _RESEMBLES)
    return keys[close[0]] if close else None


def _head(deployment: Deployment, bucket: str, key: str) -> Mapping[str, Any] | None:
    try:
        return deployment.client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise


def _pixels(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() else 0
