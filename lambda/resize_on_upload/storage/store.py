"""The two buckets: conditional reads, writes and deletes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING, TypedDict

from ..errors import TooLargeFile
from .carry_over import NO_RULES, CarryOverRules
from .objects import Original, ServedVariant, StoredVariant
from .patience import patient
from .s3_errors import MissingObjectError, contended, map_s3_errors
from .source_id import source_id_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

    from .carry_over import CarriedOver
    from .patience import Patience

MAX_ORIGINAL_BYTES = 128 * 1024 * 1024
"""An original is read into memory as a whole; a larger one is rejected unread."""


class _Object(TypedDict):
    """The arguments that name an object, in every call."""

    Bucket: str
    Key: str
    ExpectedBucketOwner: str


class _Condition(TypedDict, total=False):
    """The condition of a write."""

    IfMatch: str
    IfNoneMatch: str


@dataclass(frozen=True, slots=True)
class Store:
    """Reads originals; reads, writes and deletes variants.

    Every method may raise AccessRefused or StoreUnavailable: neither says anything
    about what is in a bucket.

    Attributes:
        original_bucket, resized_bucket: Names.
        account: The account that must own both buckets.
        carry_over: What is stored with each variant.
    """

    client: S3Client
    original_bucket: str
    resized_bucket: str
    account: str
    carry_over: CarryOverRules = NO_RULES

    def with_patience(self, patience: Patience) -> Store:
        """The same store, which waits while S3 is overloaded."""
        return replace(self, client=patient(self.client, patience))

    def head_original(self, key: str) -> str | None:
        """The source id of the original at `key`; None if there may be none.

        A HEAD has no body, so a missing bucket looks like a missing object: before
        anything is deleted, `get_original` must confirm that the object is gone.
        """
        try:
            with map_s3_errors("s3:GetObject", self.original_bucket, key):
                response = self.client.head_object(**self._original(key))
        except MissingObjectError:
            return None
        return source_id_of(response)

    def get_original(self, key: str) -> Original | None:
        """The original at `key`; None if there is none.

        Raises:
            TooLargeFile: it has more than MAX_ORIGINAL_BYTES; nothing was downloaded.
            ArchivedObject: it must be restored before it can be read.
        """
        try:
            with map_s3_errors("s3:GetObject", self.original_bucket, key):
                response = self.client.get_object(**self._original(key))
                _reject_too_large(response)
                body = _read_body(response)
            with map_s3_errors("s3:GetObjectTagging", self.original_bucket, key):
                carried_over = self.carry_over.select(
                    response, self._tags(key, response)
                )
        except MissingObjectError:
            return None
        focus = response.get("Metadata", {}).get("focus")
        return Original(source_id_of(response), body, carried_over, focus)

    def head_variant(self, key: str) -> StoredVariant | None:
        """The variant at `key` in the resized bucket, or None."""
        try:
            with map_s3_errors("s3:GetObject", self.resized_bucket, key):
                response = self.client.head_object(**self._resized(key))
        except MissingObjectError:
            return None
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

    def get_variant(self, key: str) -> bytes | None:
        """The bytes at `key` in the resized bucket, or None."""
        try:
            with map_s3_errors("s3:GetObject", self.resized_bucket, key):
                return _read_body(self.client.get_object(**self._resized(key)))
        except MissingObjectError:
            return None

    def get_served(self, key: str) -> ServedVariant | None:
        """The variant at `key` as a viewer gets it; None if there is none."""
        try:
            with map_s3_errors("s3:GetObject", self.resized_bucket, key):
                response = self.client.get_object(**self._resized(key))
                body = _read_body(response)
        except MissingObjectError:
            return None
        return ServedVariant(body, _headers(response), response["LastModified"])

    def put_variant(
        self,
        key: str,
        body: bytes,
        content_type: str,
        carried_over: CarriedOver,
        existing: StoredVariant | None,
    ) -> None:
        """Write one variant in place of `existing`, or of nothing.

        Raises:
            Contended: another one is there by now.
        """
        condition: _Condition = (
            {"IfMatch": existing.etag} if existing else {"IfNoneMatch": "*"}
        )
        try:
            with map_s3_errors("s3:PutObject", self.resized_bucket, key):
                self.client.put_object(
                    **self._resized(key),
                    **condition,
                    Body=body,
                    ContentType=content_type,
                    **carried_over.fields,
                    Metadata=carried_over.metadata,
                )
        except MissingObjectError as error:
            raise contended(key) from error

    def delete_variant(self, key: str, existing: StoredVariant) -> None:
        """Delete one variant, if it still is `existing`.

        Raises:
            Contended: it is not.
        """
        try:
            with map_s3_errors("s3:DeleteObject", self.resized_bucket, key):
                self.client.delete_object(**self._resized(key), IfMatch=existing.etag)
        except MissingObjectError as error:
            raise contended(key) from error

    def delete_any(self, key: str) -> bool:
        """Delete whatever is at `key` in the resized bucket; False if nothing is.

        The condition is that there is something: a bucket with versions would otherwise
        get a delete marker.

        Raises:
            Contended: someone else wrote or deleted it at the same time.
        """
        try:
            with map_s3_errors("s3:DeleteObject", self.resized_bucket, key):
                self.client.delete_object(**self._resized(key), IfMatch="*")
        except MissingObjectError:
            return False
        return True

    def _tags(self, key: str, response: GetObjectOutputTypeDef) -> dict[str, str]:
        """An original's tags, if any are to be copied.

        They may belong to a later write to the key; then another round follows.
        """
        if not (self.carry_over.tags and response.get("TagCount")):
            return {}
        found = self.client.get_object_tagging(**self._original(key))
        return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}

    def _original(self, key: str) -> _Object:
        return self._object(self.original_bucket, key)

    def _resized(self, key: str) -> _Object:
        return self._object(self.resized_bucket, key)

    def _object(self, bucket: str, key: str) -> _Object:
        return {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": self.account}


def _int_or_zero(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _headers(response: GetObjectOutputTypeDef) -> dict[str, str]:
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


def _read_body(response: GetObjectOutputTypeDef) -> bytes:
    """The bytes of a GET; botocore checks S3's length and checksum.

    Not `with response["Body"]`: that yields urllib3's stream, which checks neither.
    """
    with closing(response["Body"]) as body:
        return bytes(body.read())


def _reject_too_large(response: GetObjectOutputTypeDef) -> None:
    length = response["ContentLength"]
    if length > MAX_ORIGINAL_BYTES:
        response["Body"].close()
        msg = f"the object has {length} bytes; at most {MAX_ORIGINAL_BYTES} are resized"
        raise TooLargeFile(msg)
