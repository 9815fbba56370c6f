"""The two buckets; the only module that knows S3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from .errors import AccessRefused, ArchivedObject, StoreUnavailable, TooLargeFile

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 128 * 1024 * 1024
"""An original is read into memory whole; a larger one is rejected unread."""

_ABSENT = {"NoSuchKey", "NoSuchVersion", "404"}
_REFUSED = {"AccessDenied", "403", "AllAccessDisabled"}


@dataclass(frozen=True, slots=True)
class Original:
    """An uploaded object as it was when it was read.

    Attributes:
        etag, version_id: Its identity; no version id in an unversioned bucket.
        body: Its bytes.
    """

    etag: str
    version_id: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Store:
    """Reads originals, writes resized objects.

    Attributes:
        client: A boto3 S3 client.
        original_bucket, resized_bucket: Names.
        account: The account both buckets must belong to.
    """

    client: Any
    original_bucket: str
    resized_bucket: str
    account: str

    def read(self, key: str) -> Original | None:
        """The current object at `key`; None where S3 says there is none.

        Raises:
            TooLargeFile: it has more than MOST_BYTES; nothing was downloaded.
            ArchivedObject: it must be restored before anybody can read it.
            AccessRefused, StoreUnavailable: S3 did not hand it out.
        """
        try:
            response = self.client.get_object(
                Bucket=self.original_bucket,
                Key=key,
                ExpectedBucketOwner=self.account,
            )
            with response["Body"] as stream:
                _refuse_giants(response["ContentLength"])
                body = stream.read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _ABSENT:
                return None
            if code == "InvalidObjectState":
                msg = "the object is archived; restore it, and it is resized"
                raise ArchivedObject(msg) from error
            _raise("s3:GetObject", self.original_bucket, key, error)
        except (BotoCoreError, HTTPClientError) as error:
            _raise("s3:GetObject", self.original_bucket, key, error)
        return Original(
            etag=response["ETag"].strip('"'),
            version_id=response.get("VersionId"),
            body=body,
        )

    def write(
        self, key: str, body: bytes, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Put one resized object, whole or not at all.

        Raises:
            AccessRefused, StoreUnavailable: S3 did not take it.
        """
        try:
            self.client.put_object(
                Bucket=self.resized_bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                Metadata=dict(metadata),
                ExpectedBucketOwner=self.account,
            )
        except (ClientError, BotoCoreError, HTTPClientError) as error:
            _raise("s3:PutObject", self.resized_bucket, key, error)


def _refuse_giants(length: int) -> None:
    if length > MOST_BYTES:
        msg = f"the object has {length} bytes; at most {MOST_BYTES} are resized"
        raise TooLargeFile(msg)


def _raise(action: str, bucket: str, key: str, error: Exception) -> NoReturn:
    place = f"s3://{bucket}/{key}"
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in _REFUSED:
        msg = (
            f"S3 refused {action} on {place}: {error.response['Error'].get('Message')}."
            f" Grant {action} to the function's role, and check the bucket's policy and"
            " encryption key"
        )
        raise AccessRefused(msg) from error
    msg = f"{action} on {place} failed: {error}"
    raise StoreUnavailable(msg) from error
