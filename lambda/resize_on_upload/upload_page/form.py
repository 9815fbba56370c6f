"""Presigned POST forms: what a browser needs to upload one image.

S3 itself checks each form: the key, an image type, and no more bytes than the function
reads. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..sizes.focus import HEADER
from ..sizes.size import MAX_KEY_BYTES
from ..storage.responses import MAX_ORIGINAL_BYTES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from ..sizes.focus import Focus

EXPIRES_SECONDS = 300
"""How long a form can be used."""

ANY_IMAGE = "image/*"
"""The type of an image whose name or browser does not say more."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TYPE = re.compile(r"image/[A-Za-z0-9.+*-]{1,60}")


def presigned_form(
    client: S3Client,
    bucket: str,
    key: str,
    content_type: str,
    focus: Focus | None = None,
) -> dict[str, Any]:
    """Return the URL and the hidden fields with which one image can be uploaded."""
    metadata = {HEADER: str(focus)} if focus else {}
    found: dict[str, Any] = client.generate_presigned_post(
        Bucket=bucket,
        Key=key,
        Fields={"Content-Type": content_type, **metadata},
        Conditions=[
            {"Content-Type": content_type},
            *([metadata] if metadata else []),
            ["starts-with", "$Content-Type", "image/"],
            ["content-length-range", 1, MAX_ORIGINAL_BYTES],
        ],
        ExpiresIn=EXPIRES_SECONDS,
    )
    return found


def signing_options(bucket: str) -> dict[str, Any]:
    """Return options of an S3 client whose forms work in every region at once.

    By default, botocore signs forms of us-east-1 with version 2, which S3 refuses for
    new buckets, and leads forms of other regions to us-east-1's address, from where new
    buckets are redirected. A name with dots is in no certificate.
    """
    style = "path" if "." in bucket else "virtual"
    return {"signature_version": "s3v4", "s3": {"addressing_style": style}}


def key_mistake(key: str) -> str:
    """Return why a page cannot upload to a key, and what to do; empty if it can."""
    if not key or key.endswith("/"):
        return "the file has no name: rename it"
    if _CONTROL.search(key):
        return "the name contains control characters: rename the file"
    if {"", ".", ".."} & {*key.split("/")}:
        return "browsers remove ., .. and // from URLs: rename the file or folder"
    if len(key.encode()) > MAX_KEY_BYTES:
        return f"S3 allows {MAX_KEY_BYTES:,} bytes for folders and name: shorten them"
    # S3 puts the file's own name in its place.
    return "a name cannot contain ${filename}" if "${filename}" in key else ""


def image_type(given: str) -> str:
    """Return the type that a browser named, or ANY_IMAGE if it is not an image's.

    The function reads the content; S3 only requires an image type.
    """
    return given if _TYPE.fullmatch(given) else ANY_IMAGE
