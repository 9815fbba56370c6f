"""The two buckets: conditional reads, writes and deletes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import TooLargeFile
from .carry_over import NO_RULES, CarryOverRules
from .objects import Original, StoredVariant
from .s3_errors import MissingObjectError, contended, map_s3_errors
from .source_id import source_id_of

if TYPE_CHECKING:
    from .carry_over import CarriedOver

MAX_ORIGINAL_BYTES = 128 * 1024 * 1024
"""An original is read into memory whole; a larger one is rejected unread."""


@dataclass(frozen=True, slots=True)
class Store:
    """Reads originals; reads, writes and deletes resized objects.

    Every method raises AccessRefused or StoreUnavailable where S3 did not play along:
    neither says anything about what is in a bucket.

    Attributes:
        client: A boto3 S3 client.
        original_bucket, resized_bucket: Names.
        account: The account both buckets must belong to.
        carry_over: What variants repeat of their original.
    """

    client: Any
    original_bucket: str
    resized_bucket: str
    account: str
    carry_over: CarryOverRules = NO_RULES

    def head_original(self, key: str) -> str | None:
        """The identity of the original at `key`; None where there may be none.

        A HEAD has no body to tell a missing object from a missing bucket: before
        anything is deleted, `get_original` must say that the object is gone, too.
        """
        try:
            with map_s3_errors("s3:GetObject", self.original_bucket, key):
                response = self.client.head_object(**self._original(key))
        except MissingObjectError:
            return None
        return source_id_of(response)

    def get_original(self, key: str) -> Original | None:
        """The original at `key`; None where S3 says there is none.

        Raises:
            TooLargeFile: it has more than MAX_ORIGINAL_BYTES; nothing was downloaded.
            ArchivedObject: it must be restored before anybody can read it.
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
        return Original(source_id_of(response), body, carried_over)

    def head_variant(self, key: str) -> StoredVariant | None:
        """What lies at `key` in the resized bucket; None where nothing does."""
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
        )

    def get_variant(self, key: str) -> bytes | None:
        """The bytes at `key` in the resized bucket; None where nothing lies there."""
        try:
            with map_s3_errors("s3:GetObject", self.resized_bucket, key):
                return _read_body(self.client.get_object(**self._resized(key)))
        except MissingObjectError:
            return None

    def put_variant(
        self,
        key: str,
        body: bytes,
        content_type: str,
        carried_over: CarriedOver,
        existing: StoredVariant | None,
    ) -> None:
        """Put one resized object, whole or not at all, in place of `existing`.

        Raises:
            Contended: something else lies there by now.
        """
        condition = {"IfMatch": existing.etag} if existing else {"IfNoneMatch": "*"}
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
        """Delete one resized object, if it still is `existing`.

        Raises:
            Contended: it is not.
        """
        try:
            with map_s3_errors("s3:DeleteObject", self.resized_bucket, key):
                self.client.delete_object(**self._resized(key), IfMatch=existing.etag)
        except MissingObjectError as error:
            raise contended(key) from error

    def _tags(self, key: str, response: dict[str, Any]) -> dict[str, str]:
        """An original's tags, where any may come along.

        They may be of a later write to the key; then the round is not the last.
        """
        if not (self.carry_over.tags and response.get("TagCount")):
            return {}
        found = self.client.get_object_tagging(**self._original(key))
        return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}

    def _original(self, key: str) -> dict[str, str]:
        return self._object(self.original_bucket, key)

    def _resized(self, key: str) -> dict[str, str]:
        return self._object(self.resized_bucket, key)

    def _object(self, bucket: str, key: str) -> dict[str, str]:
        return {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": self.account}


def _int_or_zero(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _read_body(response: dict[str, Any]) -> bytes:
    """The bytes of a GET, checked against S3's length and checksum by botocore.

    Not `with response["Body"]`: that yields urllib3's stream, which checks neither.
    """
    with closing(response["Body"]) as body:
        return bytes(body.read())


def _reject_too_large(response: dict[str, Any]) -> None:
    length = response["ContentLength"]
    if length > MAX_ORIGINAL_BYTES:
        response["Body"].close()
        msg = f"the object has {length} bytes; at most {MAX_ORIGINAL_BYTES} are resized"
        raise TooLargeFile(msg)
