"""Source ids: which write made an original. Every variant stores its original's."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

UNVERSIONED_PREFIX = "unversioned-"
"""Prefix of the source id of an object without a version id."""


def source_id_of(response: Mapping[str, Any]) -> str:
    """The source id of the object that a response of S3 describes.

    It is the version id if there is one; "null" is the version id of every write while
    versioning is suspended. https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html
    """
    version: str = response.get("VersionId") or "null"
    size = (
        response["ContentLength"] if "ContentLength" in response else response["Size"]
    )
    if version != "null":
        return version
    return unversioned_id(response["ETag"], size, response["LastModified"])


def unversioned_id(etag: str, size: int, modified: datetime) -> str:
    """The source id of an object without a version id."""
    written = f"{etag.strip(chr(34))}|{size}|{int(modified.timestamp())}"
    return UNVERSIONED_PREFIX + hashlib.sha256(written.encode()).hexdigest()[:32]
