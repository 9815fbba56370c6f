"""S3's protocol in front of the buckets in memory: requests → responses."""

from __future__ import annotations

from contextlib import contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from resize_on_upload_cli.s3.address import Address
from resize_on_upload_cli.s3.attempts import Attempts
from resize_on_upload_cli.s3.messages import Response
from resize_on_upload_cli.s3.reader import BucketReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.fake_s3 import Stored
    from tests.support.fake_stack import ListedS3

_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class ReaderOfFake(BucketReader):
    """A reader whose requests are answered by buckets in memory."""

    def __init__(
        self, s3: ListedS3, sleep: Callable[[float], object] = lambda _: None
    ) -> None:
        super().__init__(
            s3.client,
            Credentials("AKID", "secret"),
            lambda request: answer(s3, request.method, request.target),
            Attempts(sleep),
        )

    def _address(self, bucket: str) -> Address:
        return Address("http", "s3", f"/{bucket}", "eu-central-1")


def answer(s3: ListedS3, method: str, target: str) -> Response:
    """Return the response to a request in path style."""
    url = urlsplit(target)
    _, bucket, *rest = url.path.split("/", 2)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    try:
        if method == "HEAD":
            return _head(s3.head_object(Bucket=bucket, Key=unquote(rest[0])))
        body = _versions(s3, bucket, query) if "versions" in query else None
        return Response(200, {}, (body or _objects(s3, bucket, query)).encode())
    except ClientError as error:
        return _refusal(error, method)


def _refusal(error: ClientError, method: str) -> Response:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    found = error.response["Error"]
    text = f"<Error><Code>{found['Code']}</Code><Message>why</Message></Error>"
    return Response(status, {}, b"" if method == "HEAD" else text.encode())


def _head(found: dict[str, Any]) -> Response:
    headers = {
        "etag": found["ETag"],
        "content-length": str(found["ContentLength"]),
        "content-type": found["ContentType"],
        "last-modified": format_datetime(found["LastModified"], usegmt=True),
        **{f"x-amz-meta-{name}": one for name, one in found["Metadata"].items()},
    }
    if "VersionId" in found:
        headers["x-amz-version-id"] = found["VersionId"]
    return Response(200, headers)


def _objects(s3: ListedS3, bucket: str, query: dict[str, str]) -> str:
    call = {"Bucket": bucket, "Prefix": query["prefix"]}
    if "delimiter" in query:
        call["Delimiter"] = query["delimiter"]
    pages = list(s3.get_paginator("list_objects_v2").paginate(**call)) or [{}]
    number = int(query.get("continuation-token", 0))
    entries = "".join(map(_object, pages[number].get("Contents", ())))
    prefixes = "".join(
        f"<CommonPrefixes><Prefix>{quote(one['Prefix'])}</Prefix></CommonPrefixes>"
        for one in pages[number].get("CommonPrefixes", ())
    )
    more = number + 1 < len(pages)
    token = f"<NextContinuationToken>{number + 1}</NextContinuationToken>"
    return (
        f"<ListBucketResult {_NAMESPACE}><EncodingType>url</EncodingType>"
        f"{_truncated(more)}{token if more else ''}{entries}{prefixes}"
        "</ListBucketResult>"
    )


def _truncated(more: bool) -> str:  # noqa: FBT001 - of XML
    return f"<IsTruncated>{str(more).lower()}</IsTruncated>"


def _object(entry: dict[str, Any]) -> str:
    return f"<Contents>{_fields(entry)}</Contents>"


def _fields(entry: dict[str, Any]) -> str:
    time = entry["LastModified"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
    known = entry | {"Key": quote(entry["Key"], safe="/"), "LastModified": time}
    if "IsLatest" in known:
        known["IsLatest"] = str(known["IsLatest"]).lower()
    return "".join(
        f"<{name}>{escape(str(one))}</{name}>" for name, one in known.items()
    )


def _versions(s3: ListedS3, bucket: str, query: dict[str, str]) -> str:
    """List versions and delete markers, from behind the marker on."""
    found = list(_versions_of(s3, bucket, query["prefix"]))
    marker = query.get("key-marker"), query.get("version-id-marker")
    places = [(key, stored.version) for key, stored, _ in found]
    start = 1 + places.index(marker) if marker[0] else 0  # type: ignore[arg-type]
    some, more = found[start : start + s3.page], start + s3.page < len(found)
    versioned = bucket in s3.versioned
    entries = "".join(_version(*one, versioned=versioned) for one in some)
    key, version = places[start + len(some) - 1] if some else ("", "")
    following = (
        f"<NextKeyMarker>{quote(key)}</NextKeyMarker>"
        f"<NextVersionIdMarker>{version}</NextVersionIdMarker>"
    )
    return (
        f"<ListVersionsResult {_NAMESPACE}><EncodingType>url</EncodingType>"
        f"{_truncated(more)}{following if more else ''}{entries}</ListVersionsResult>"
    )


def _versions_of(
    s3: ListedS3, bucket: str, prefix: str
) -> Iterator[tuple[str, Stored, bool]]:
    """Yield key, version, and whether it is the latest."""
    keys = (key for key in s3.buckets[bucket] if key.startswith(prefix))
    for key in sorted(keys, key=str.encode):
        versions = s3.buckets[bucket][key]
        for one in reversed(versions):
            yield key, one, one is versions[-1]


def _version(key: str, stored: Stored, latest: bool, *, versioned: bool) -> str:  # noqa: FBT001 - of XML
    entry = {
        "Key": key,
        "VersionId": stored.version if versioned else "null",
        "IsLatest": latest,
        "LastModified": stored.modified,
    }
    if stored.body is None:
        return f"<DeleteMarker>{_fields(entry)}</DeleteMarker>"
    return f"<Version>{_fields(entry | _content(stored))}</Version>"


def _content(stored: Stored) -> dict[str, Any]:
    size = len(stored.body or b"")
    return {"ETag": stored.etag, "Size": size, "StorageClass": "STANDARD"}


@contextmanager
def served(respond: Callable[[str, str], Response | None]) -> Iterator[str]:
    """Serve responses to (method, target) on a local port; yield its URL.

    None closes the connection without a response.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            found = respond(self.command, self.path)
            if found is None:
                self.close_connection = True
                return
            self.send_response_only(found.status)
            length = {"content-length": str(len(found.body))} | dict(found.headers)
            for name, value in length.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.body)

        do_HEAD = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
