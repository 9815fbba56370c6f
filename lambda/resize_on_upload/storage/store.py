"""The two buckets: conditional reads, writes and deletes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from .carry_over import NO_RULES, CarryOverRules
from .objects import Original, ServedVariant
from .patience import patient
from .responses import headers, read_body, reject_too_large, stored_variant
from .s3_errors import NOTHING_THERE, MissingObjectError, contended, map_s3_errors
from .source_id import source_id_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

    from .carry_over import CarriedOver
    from .objects import StoredVariant
    from .patience import Patience


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
                reject_too_large(response)
                body = read_body(response)
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
        return stored_variant(response)

    def get_variant(self, key: str) -> bytes | None:
        """The bytes at `key` in the resized bucket, or None."""
        try:
            with map_s3_errors("s3:GetObject", self.resized_bucket, key):
                return read_body(self.client.get_object(**self._resized(key)))
        except MissingObjectError:
            return None

    def get_served(self, key: str) -> ServedVariant | None:
        """The variant at `key` as a viewer gets it; None if there is none."""
        try:
            with map_s3_errors("s3:GetObject", self.resized_bucket, key):
                response = self.client.get_object(**self._resized(key))
                body = read_body(response)
        except MissingObjectError:
            return None
        return ServedVariant(body, headers(response), response["LastModified"])

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
            with map_s3_errors(
                "s3:DeleteObject", self.resized_bucket, key, NOTHING_THERE
            ):
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
