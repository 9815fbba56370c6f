"""Which write made an object: what a variant remembers of its original."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

UNVERSIONED_PREFIX = "unversioned-"
"""Begins the identity of an object that has no version id of its own."""


def source_id_of(response: Mapping[str, Any]) -> str:
    """Which write made the object that an response of S3's is about.

    Its version where it has one; "null" is that of every write while versioning is
    suspended. https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html
    """
    version: str = response.get("VersionId") or "null"
    size = (
        response["ContentLength"] if "ContentLength" in response else response["Size"]
    )
    if version != "null":
        return version
    return unversioned_id(response["ETag"], size, response["LastModified"])


def unversioned_id(etag: str, size: int, modified: datetime) -> str:
    """The identity of an object without a version."""
    written = f"{etag.strip(chr(34))}|{size}|{int(modified.timestamp())}"
    return UNVERSIONED_PREFIX + hashlib.sha256(written.encode()).hexdigest()[:32]
