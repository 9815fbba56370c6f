"""The two buckets: conditional reads, writes and deletes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ..errors import TooLargeFile
from .carry_over import NOTHING, PLAIN, Carried, Rules
from .s3_errors import AbsentError, answers, contended
from .source_id import identity

MOST_BYTES = 128 * 1024 * 1024
"""An original is read into memory whole; a larger one is rejected unread."""


@dataclass(frozen=True, slots=True)
class Original:
    """An uploaded object as it was when it was read.

    Attributes:
        source: Its identity; no other write to the key has the same.
        body: Its bytes.
        carried: What its variants repeat of what the uploader said.
    """

    source: str
    body: bytes
    carried: Carried = NOTHING


@dataclass(frozen=True, slots=True)
class Held:
    """A variant as it lies in the resized bucket.

    Attributes:
        etag: What a conditional write or delete goes by, as S3 gave it.
        source, recipe: Which original it is of and what made it; empty where somebody
            else put it there.
        width, height, bytes, content_type: As a manifest tells them.
    """

    etag: str
    source: str
    recipe: str
    width: int = 0
    height: int = 0
    bytes: int = 0
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """Reads originals; reads, writes and deletes resized objects.

    Every method raises AccessRefused or StoreUnavailable where S3 did not play along:
    neither says anything about what is in a bucket.

    Attributes:
        client: A boto3 S3 client.
        original_bucket, resized_bucket: Names.
        account: The account both buckets must belong to.
        rules: What variants repeat of their original.
    """

    client: Any
    original_bucket: str
    resized_bucket: str
    account: str
    rules: Rules = PLAIN

    def identify(self, key: str) -> str | None:
        """The identity of the original at `key`; None where there may be none.

        A HEAD has no body to tell a missing object from a missing bucket: before
        anything is deleted, `read` must say that the object is gone, too.
        """
        try:
            with answers("s3:GetObject", self.original_bucket, key):
                answer = self.client.head_object(**self._original(key))
        except AbsentError:
            return None
        return identity(answer)

    def read(self, key: str) -> Original | None:
        """The original at `key`; None where S3 says there is none.

        Raises:
            TooLargeFile: it has more than MOST_BYTES; nothing was downloaded.
            ArchivedObject: it must be restored before anybody can read it.
        """
        try:
            with answers("s3:GetObject", self.original_bucket, key):
                answer = self.client.get_object(**self._original(key))
                _refuse_giants(answer)
                body = _whole_body(answer)
            with answers("s3:GetObjectTagging", self.original_bucket, key):
                carried = self.rules.carried(answer, self._tags(key, answer))
        except AbsentError:
            return None
        return Original(identity(answer), body, carried)

    def look(self, key: str) -> Held | None:
        """What lies at `key` in the resized bucket; None where nothing does."""
        try:
            with answers("s3:GetObject", self.resized_bucket, key):
                answer = self.client.head_object(**self._resized(key))
        except AbsentError:
            return None
        metadata = answer.get("Metadata", {})
        return Held(
            etag=answer["ETag"],
            source=metadata.get("source", ""),
            recipe=metadata.get("recipe", ""),
            width=_whole(metadata.get("width")),
            height=_whole(metadata.get("height")),
            bytes=answer.get("ContentLength", 0),
            content_type=answer.get("ContentType", ""),
        )

    def fetch(self, key: str) -> bytes | None:
        """The bytes at `key` in the resized bucket; None where nothing lies there."""
        try:
            with answers("s3:GetObject", self.resized_bucket, key):
                return _whole_body(self.client.get_object(**self._resized(key)))
        except AbsentError:
            return None

    def write(
        self,
        key: str,
        body: bytes,
        content_type: str,
        carried: Carried,
        held: Held | None,
    ) -> None:
        """Put one resized object, whole or not at all, in place of `held`.

        Raises:
            Contended: something else lies there by now.
        """
        condition = {"IfMatch": held.etag} if held else {"IfNoneMatch": "*"}
        try:
            with answers("s3:PutObject", self.resized_bucket, key):
                self.client.put_object(
                    **self._resized(key),
                    **condition,
                    Body=body,
                    ContentType=content_type,
                    **carried.fields,
                    Metadata=carried.metadata,
                )
        except AbsentError as error:
            raise contended(key) from error

    def delete(self, key: str, held: Held) -> None:
        """Delete one resized object, if it still is `held`.

        Raises:
            Contended: it is not.
        """
        try:
            with answers("s3:DeleteObject", self.resized_bucket, key):
                self.client.delete_object(**self._resized(key), IfMatch=held.etag)
        except AbsentError as error:
            raise contended(key) from error

    def _tags(self, key: str, answer: dict[str, Any]) -> dict[str, str]:
        """An original's tags, where any may come along.

        They may be of a later write to the key; then the round is not the last.
        """
        if not (self.rules.tags and answer.get("TagCount")):
            return {}
        found = self.client.get_object_tagging(**self._original(key))
        return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}

    def _original(self, key: str) -> dict[str, str]:
        return self._object(self.original_bucket, key)

    def _resized(self, key: str) -> dict[str, str]:
        return self._object(self.resized_bucket, key)

    def _object(self, bucket: str, key: str) -> dict[str, str]:
        return {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": self.account}


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _whole_body(answer: dict[str, Any]) -> bytes:
    """The bytes of a GET, checked against S3's length and checksum by botocore.

    Not `with answer["Body"]`: that yields urllib3's stream, which checks neither.
    """
    with closing(answer["Body"]) as body:
        return bytes(body.read())


def _refuse_giants(answer: dict[str, Any]) -> None:
    length = answer["ContentLength"]
    if length > MOST_BYTES:
        answer["Body"].close()
        msg = f"the object has {length} bytes; at most {MOST_BYTES} are resized"
        raise TooLargeFile(msg)
