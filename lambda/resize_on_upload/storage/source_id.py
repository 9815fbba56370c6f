"""Which write made an object: what a variant remembers of its original."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

UNVERSIONED = "unversioned-"
"""Begins the identity of an object that has no version id of its own."""


def identity(answer: Mapping[str, Any]) -> str:
    """Which write made the object that an answer of S3's is about.

    Its version where it has one; "null" is that of every write while versioning is
    suspended. https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html
    """
    version: str = answer.get("VersionId") or "null"
    size = answer["ContentLength"] if "ContentLength" in answer else answer["Size"]
    if version != "null":
        return version
    return unversioned(answer["ETag"], size, answer["LastModified"])


def unversioned(etag: str, size: int, modified: datetime) -> str:
    """The identity of an object without a version."""
    written = f"{etag.strip(chr(34))}|{size}|{int(modified.timestamp())}"
    return UNVERSIONED + hashlib.sha256(written.encode()).hexdigest()[:32]
