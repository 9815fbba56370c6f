"""How the store interprets S3's responses, which botocore's stubber returns."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from urllib3.exceptions import ProtocolError, ReadTimeoutError, SSLError

from resize_on_upload.errors import (
    AccessRefused,
    ArchivedObject,
    ResizeOnUploadError,
    StoreUnavailable,
    TooLargeFile,
)
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.responses import MAX_ORIGINAL_BYTES
from resize_on_upload.storage.source_id import source_id_of
from resize_on_upload.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - not a real key
    )


def _store(client: Any) -> Store:
    return Store(client, "photos-original", "photos-resized", "111122223333")


def test_threat_64_a_file_too_large_is_rejected_unread(client: Any) -> None:
    answer = {
        "Body": StreamingBody(Unread(), MAX_ORIGINAL_BYTES + 1),
        "ContentLength": MAX_ORIGINAL_BYTES + 1,
        "ETag": '"e"',
    }
    with Stubber(client) as stub:
        stub.add_response("get_object", answer)
        with pytest.raises(TooLargeFile, match=f"{MAX_ORIGINAL_BYTES + 1} bytes"):
            _store(client).get_original("film.tiff")


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        pytest.param("InvalidObjectState", ArchivedObject, "restore", id="80-archived"),
        pytest.param("AccessDenied", AccessRefused, "Grant s3:GetObject", id="79-403"),
        pytest.param("NoSuchBucket", StoreUnavailable, "NoSuchBucket", id="79-bucket"),
        pytest.param("SlowDown", StoreUnavailable, "SlowDown", id="78-503"),
        pytest.param("InternalError", StoreUnavailable, "InternalError", id="78-500"),
    ],
)
def test_every_error_of_s3_has_its_class(
    client: Any, code: str, error: type[ResizeOnUploadError], words: str
) -> None:
    """Rejected or retried; never mistaken for a missing object."""
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code)
        with pytest.raises(error, match=words):
            _store(client).get_original("a.png")


def test_threat_72_a_deleted_object_is_none(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        assert _store(client).get_original("a.png") is None


def test_every_call_names_the_bucket_owner(client: Any) -> None:
    expected = {"ExpectedBucketOwner": "111122223333", "Bucket": ANY, "Key": "a.png"}
    body = StreamingBody(io.BytesIO(b"x"), 1)
    answer = {"Body": body, "ContentLength": 1, "ETag": '"e"', "VersionId": "v"}
    with Stubber(client) as stub:
        stub.add_response("get_object", answer, expected)
        found = _store(client).get_original("a.png")
    assert found
    assert (found.source_id, found.body) == ("v", b"x")


@pytest.mark.parametrize("count", [None, 2])
def test_tags_are_only_requested_if_there_are_any(
    client: Any, count: int | None
) -> None:
    """They take a separate call, which an original without tags does not need."""
    answer = {
        "Body": StreamingBody(io.BytesIO(b"x"), 1),
        "ContentLength": 1,
        "ETag": '"e"',
        "VersionId": "v",
        **({"TagCount": count} if count else {}),
    }
    tags = [{"Key": "team", "Value": "a"}, {"Key": "other", "Value": "b"}]
    store = replace(_store(client), carry_over=CarryOverRules(names=("tag:team",)))
    with Stubber(client) as stub:
        stub.add_response("get_object", answer)
        if count:
            stub.add_response("get_object_tagging", {"TagSet": tags})
        found = store.get_original("a.png")
        stub.assert_no_pending_responses()
    assert found
    assert found.carried_over.fields == ({"Tagging": "team=a"} if count else {})


class Broken(io.BytesIO):
    """A body whose connection breaks after the first bytes."""

    def __init__(self, error: Exception) -> None:
        super().__init__(b"the first bytes")
        self._error = error

    def read(self, *_: Any) -> bytes:
        raise self._error


BREAKS = {
    "reset": ProtocolError("Connection broken", ConnectionResetError(104, "reset")),
    "stalled": ReadTimeoutError(None, "/a.png", "Read timed out."),  # type: ignore[arg-type] # no pool here
    "tls": SSLError("decryption failed or bad record mac"),
    "reset-below-urllib3": ConnectionResetError(104, "reset"),
}


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("method", ["get_original", "get_variant"])
def test_a_body_that_breaks_off_means_s3_is_unavailable(
    client: Any, name: str, method: str
) -> None:
    """Retried; never mistaken for a corrupt image, whose variants are deleted."""
    body = StreamingBody(Broken(BREAKS[name]), 100)
    answer = {"Body": body, "ContentLength": 100, "ETag": '"e"', "VersionId": "v"}
    with Stubber(client) as stub:
        stub.add_response("get_object", answer)
        with pytest.raises(StoreUnavailable, match=r"s3:GetObject on s3://.*/a\.png"):
            getattr(_store(client), method)("a.png")


def test_a_short_body_means_s3_is_unavailable(client: Any) -> None:
    body = StreamingBody(io.BytesIO(b"the first bytes"), 100)
    answer = {"Body": body, "ContentLength": 100, "ETag": '"e"', "VersionId": "v"}
    with Stubber(client) as stub:
        stub.add_response("get_object", answer)
        with pytest.raises(StoreUnavailable, match="100"):
            _store(client).get_original("a.png")


class _S3(BaseHTTPRequestHandler):
    """Responds to every GET with a body and the checksum of another one."""

    def do_GET(self) -> None:
        body = b"damaged on the way"
        self.send_response(200)
        self.send_header("ETag", '"e"')
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT")
        self.send_header("x-amz-version-id", "v")
        self.send_header("x-amz-checksum-crc32", "AAAAAA==")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def _damaging_s3() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _S3) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield boto3.client(
            "s3",
            region_name="eu-central-1",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - not a real key
            config=Config(retries={"total_max_attempts": 1}),
        )
        server.shutdown()


@pytest.mark.parametrize("method", ["get_original", "get_variant"])
def test_a_body_is_compared_with_its_checksum(method: str) -> None:
    with (
        _damaging_s3() as client,
        pytest.raises(StoreUnavailable, match="checksum"),
    ):
        getattr(_store(client), method)("a.png")


MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _source_id(**more: Any) -> str:
    given: dict[str, Any] = {
        "ETag": '"e"',
        "ContentLength": 1,
        "LastModified": MODIFIED,
    }
    return source_id_of(given | more)


def test_a_version_id_is_the_source_id() -> None:
    assert _source_id(VersionId="v1") == "v1"


def test_threat_82_the_null_version_is_not_a_source_id() -> None:
    """While versioning is suspended, every write has the version "null"."""
    plain = _source_id()
    assert plain.startswith("unversioned-")
    assert _source_id(VersionId="null") == plain
    later = MODIFIED + timedelta(seconds=1)
    others = {"ETag": '"f"', "ContentLength": 2, "LastModified": later}
    assert len({plain, *(_source_id(**{k: v}) for k, v in others.items())}) == 4
    assert _source_id(LastModified=MODIFIED + timedelta(milliseconds=999)) == plain


@pytest.mark.parametrize(
    ("method", "call"),
    [("head_original", "head_object"), ("get_original", "get_object")],
)
def test_threat_79_a_refusal_is_never_an_absence(
    client: Any, method: str, call: str
) -> None:
    """Without ListBucket, S3 responds with 403 to a missing key, too."""
    with Stubber(client) as stub:
        stub.add_client_error(call, "403", http_status_code=403)
        with pytest.raises(AccessRefused):
            getattr(_store(client), method)("a.png")
