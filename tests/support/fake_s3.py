"""S3 in memory, for exploring: every call is atomic, and may be delayed or disturbed.

It raises botocore's own errors, so it can be used with the real store module.
tests/local/test_fake.py compares it with a server.
"""

from __future__ import annotations

import copy
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import IO, TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.response import StreamingBody

from resize_on_upload.sizes.size import MAX_KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_s3 import S3Client

FAULTS = ("403", "409", "412", "503", "before", "after", "twice")
"""What may happen to a call: an error; a time-out before or after it took effect; or it
took effect, its response was lost, and the SDK sent it again."""

_NAMES = {
    400: "KeyTooLongError",
    403: "AccessDenied",
    404: "NoSuchKey",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    503: "SlowDown",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of an object; without a body it is a delete marker."""

    version: str
    modified: datetime
    body: bytes | None
    metadata: Mapping[str, str]
    content_type: str

    @property
    def etag(self) -> str:
        """As S3 computes it for a simple upload."""
        digest = hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()
        return f'"{digest}"'


class FakeS3:
    """A client of two buckets.

    Args:
        versioned: The buckets that keep versions.
        before: Called with the operation and its arguments before each call; returns
            the fault of the call, one of FAULTS, or None.
    """

    def __init__(
        self,
        versioned: tuple[str, ...] = (),
        before: Callable[[str, dict[str, Any]], str | None] = lambda *_: None,
    ) -> None:
        self.versioned = versioned
        self.before = before
        self.lifecycles: dict[str, dict[str, Any]] = {}
        self.buckets: dict[str, dict[str, list[Stored]]] = {}
        self.watch: Callable[[str, str, Stored | None, Stored | None], None] = (
            lambda *_: None
        )
        self._clock = count(1)

    @property
    def client(self) -> S3Client:
        """Itself, in place of boto3's client."""
        return cast("S3Client", self)

    def create_bucket(self, bucket: str) -> None:
        self.buckets[bucket] = {}

    def current(self, bucket: str, key: str) -> Stored | None:
        """What a GET would find."""
        versions = self.buckets[bucket].get(key)
        return versions[-1] if versions and versions[-1].body is not None else None

    def get_object(self, **call: Any) -> dict[str, Any]:
        return self._call("GetObject", self._get, call)

    def head_object(self, **call: Any) -> dict[str, Any]:
        return self._call("HeadObject", self._head, call)

    def put_object(self, **call: Any) -> dict[str, Any]:
        return self._call("PutObject", self._put, call)

    def upload_fileobj(self, file: IO[bytes], bucket: str, key: str) -> None:
        self.put_object(Bucket=bucket, Key=key, Body=file.read())

    def delete_object(self, **call: Any) -> dict[str, Any]:
        return self._call("DeleteObject", self._delete, call)

    def get_bucket_lifecycle_configuration(self, **call: Any) -> dict[str, Any]:
        if call["Bucket"] not in self.lifecycles:
            operation = "GetBucketLifecycleConfiguration"
            raise _error(operation, 404, "NoSuchLifecycleConfiguration")
        return copy.deepcopy(self.lifecycles[call["Bucket"]])

    def put_bucket_lifecycle_configuration(self, **call: Any) -> None:
        rules = call.pop("LifecycleConfiguration")["Rules"]
        assert len({"Filter" in one for one in rules}) == 1
        bucket = call.pop("Bucket")
        self.lifecycles[bucket] = {"Rules": rules, **call}

    def delete_bucket_lifecycle(self, **call: Any) -> None:
        del self.lifecycles[call["Bucket"]]

    def delete_objects(self, **call: Any) -> dict[str, Any]:
        """Delete each object under its condition; as S3 does, name those that fail."""
        errors = []
        assert 1 <= len(call["Delete"]["Objects"]) <= 1_000
        for one in call["Delete"]["Objects"]:
            etag = {"IfMatch": one["ETag"]} if "ETag" in one else {}
            try:
                self.delete_object(Bucket=call["Bucket"], Key=one["Key"], **etag)
            except ClientError as error:
                errors.append({"Key": one["Key"], **error.response["Error"]})
        return {"Errors": errors} if errors else {}

    def _call(
        self,
        name: str,
        effect: Callable[[dict[str, Any]], dict[str, Any]],
        call: dict[str, Any],
    ) -> dict[str, Any]:
        fault = self.before(name, call)
        if fault == "before":
            raise ConnectTimeoutError(endpoint_url="https://s3")
        if fault in ("403", "409", "412", "503") and not (
            # S3 never says of an object that is there that `*` does not match it.
            fault == "412"
            and call.get("IfMatch") == "*"
            and self.current(call["Bucket"], call["Key"])
        ):
            raise _error(name, int(fault))
        if len(call["Key"].encode()) > MAX_KEY_BYTES:
            raise _error(name, 400)
        if fault == "twice":
            effect(call)
        response = effect(call)
        if fault == "after":
            raise ReadTimeoutError(endpoint_url="https://s3")
        return response

    def _found(self, name: str, call: dict[str, Any]) -> Stored:
        if call["Bucket"] not in self.buckets:
            raise _error(name, 404, "NoSuchBucket")
        found = self.current(call["Bucket"], call["Key"])
        if found is None:
            raise _error(name, 404)
        return found

    def _head(self, call: dict[str, Any]) -> dict[str, Any]:
        found = self._found("HeadObject", call)
        versioned = call["Bucket"] in self.versioned
        return {
            "ETag": found.etag,
            "ContentLength": len(found.body or b""),
            "LastModified": found.modified,
            "Metadata": dict(found.metadata),
            "ContentType": found.content_type,
            **({"VersionId": found.version} if versioned else {}),
        }

    def _get(self, call: dict[str, Any]) -> dict[str, Any]:
        found = self._found("GetObject", call)
        body = found.body or b""
        return {**self._head(call), "Body": StreamingBody(io.BytesIO(body), len(body))}

    def _put(self, call: dict[str, Any]) -> dict[str, Any]:
        existing = self.current(call["Bucket"], call["Key"])
        if call.get("IfNoneMatch") == "*" and existing:
            msg = "PutObject"
            raise _error(msg, 412)
        self._match("PutObject", call, existing)
        number = next(self._clock)
        stored = Stored(
            version=f"v{number}",
            modified=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
            body=call["Body"],
            metadata=call.get("Metadata", {}),
            content_type=call.get("ContentType", "binary/octet-stream"),
        )
        self._append(call, stored)
        self.watch(call["Bucket"], call["Key"], existing, stored)
        return {"ETag": stored.etag, "VersionId": stored.version}

    def _delete(self, call: dict[str, Any]) -> dict[str, Any]:
        bucket, key = call["Bucket"], call["Key"]
        existing = self.current(bucket, key)
        versions = self.buckets[bucket].get(key, [])
        if "VersionId" in call:
            rest = [one for one in versions if one.version != call["VersionId"]]
            self.buckets[bucket][key] = rest
            return {}
        self._match("DeleteObject", call, existing)
        if bucket in self.versioned:
            now, version = datetime(2026, 1, 1, tzinfo=UTC), f"v{next(self._clock)}"
            self._append(call, Stored(version, now, None, {}, ""))
            return {"VersionId": version, "DeleteMarker": True}
        self.buckets[bucket].pop(key, None)
        if existing:
            self.watch(bucket, key, existing, None)
        return {}

    @staticmethod
    def _match(name: str, call: dict[str, Any], existing: Stored | None) -> None:
        if "IfMatch" not in call:
            return
        if existing is None:
            raise _error(name, 404)
        if call["IfMatch"] not in ("*", existing.etag):
            raise _error(name, 412)

    def _append(self, call: dict[str, Any], stored: Stored) -> None:
        versions = self.buckets[call["Bucket"]].setdefault(call["Key"], [])
        if call["Bucket"] not in self.versioned:
            versions.clear()
        versions.append(stored)


def _error(operation: str, status: int, name: str | None = None) -> ClientError:
    code = str(status) if operation == "HeadObject" else name or _NAMES[status]
    response: Any = {
        "Error": {"Code": code, "Message": "injected"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)
