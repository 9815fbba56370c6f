"""What S3's responses to a HEAD and a GET say."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING

from ..errors import TooLargeFile
from .objects import StoredVariant

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

MAX_ORIGINAL_BYTES = 128 * 1024 * 1024
"""An original is read into memory as a whole; a larger one is rejected unread."""


def stored_variant(response: HeadObjectOutputTypeDef) -> StoredVariant:
    """The variant that a HEAD found."""
    metadata = response.get("Metadata", {})
    return StoredVariant(
        etag=response["ETag"],
        source_id=metadata.get("source", ""),
        recipe=metadata.get("recipe", ""),
        width=_int_or_zero(metadata.get("width")),
        height=_int_or_zero(metadata.get("height")),
        bytes=response.get("ContentLength", 0),
        content_type=response.get("ContentType", ""),
        hdr=metadata.get("hdr") == "true",
        code=metadata.get("code", ""),
    )


def _int_or_zero(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def headers(response: GetObjectOutputTypeDef) -> dict[str, str]:
    """The headers that S3 sends with the object, by their HTTP names."""
    modified = response["LastModified"].astimezone(UTC)
    found = {
        "etag": response.get("ETag"),
        "last-modified": format_datetime(modified, usegmt=True),
        "content-type": response.get("ContentType"),
        "cache-control": response.get("CacheControl"),
        "content-disposition": response.get("ContentDisposition"),
        "content-language": response.get("ContentLanguage"),
    }
    given = response.get("Metadata", {}).items()
    metadata = {f"x-amz-meta-{name}": value for name, value in given}
    return metadata | {name: value for name, value in found.items() if value}


def read_body(response: GetObjectOutputTypeDef) -> bytes:
    """The bytes of a GET; botocore checks S3's length and checksum.

    Not `with response["Body"]`: that yields urllib3's stream, which checks neither.
    """
    with closing(response["Body"]) as body:
        return bytes(body.read())


def reject_too_large(response: GetObjectOutputTypeDef) -> None:
    """Close the response to a GET of an original that is too large.

    Raises:
        TooLargeFile: it is.
    """
    length = response["ContentLength"]
    if length > MAX_ORIGINAL_BYTES:
        response["Body"].close()
        msg = f"the object has {length} bytes; at most {MAX_ORIGINAL_BYTES} are resized"
        raise TooLargeFile(msg)
