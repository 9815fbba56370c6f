"""S3's answers about two buckets in which every variant is right.

It is a separate process, so that its CPU time is not counted. `/counts` returns the
number of calls.

    python bench/scale/server.py ORIGINALS
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 1_000
_TIME = "2026-01-01T00:00:00.000Z"
_ENTRY = (
    f"<LastModified>{_TIME}</LastModified><ETag>&quot;{'0' * 32}&quot;</ETag>"
    "<Size>123456</Size><StorageClass>STANDARD</StorageClass>"
)
_OWNER = f"<Owner><ID>{'0' * 64}</ID><DisplayName>photos</DisplayName></Owner>"
_HEAD = (
    f"HTTP/1.1 200 OK\r\nx-amz-id-2: {'a' * 76}\r\nx-amz-request-id: {'0' * 16}\r\n"
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    f'ETag: "{"0" * 32}"\r\nx-amz-server-side-encryption: AES256\r\n'
    "x-amz-meta-source: version-%s\r\nx-amz-meta-recipe: %s\r\n"
    "x-amz-meta-geometry: 150x\r\nx-amz-meta-prefix: 150x\r\n"
    "x-amz-meta-width: 150\r\nx-amz-meta-height: 100\r\nAccept-Ranges: bytes\r\n"
    "Content-Type: image/jpeg\r\nContent-Length: 12345\r\nServer: AmazonS3\r\n\r\n"
)


def key_of(number: int) -> str:
    """Return the key of an original; numbers and keys have the same order."""
    return f"photos/{number // PAGE:06}/{number:09}.jpg"


class Buckets:
    """Both buckets.

    Args:
        originals: Their number.
        recipes: Of each size, by its name.
    """

    def __init__(self, originals: int, recipes: dict[str, str]) -> None:
        self.originals, self.recipes = originals, recipes
        self.calls: Counter[str] = Counter()

    def respond(self, method: str, target: str) -> bytes:
        """Return a whole response."""
        url = urlsplit(target)
        if method == "HEAD":
            self.calls["HEAD"] += 1
            return self._head(url.path)
        query = parse_qs(url.query, keep_blank_values=True)
        if url.path == "/counts":
            body = " ".join(str(self.calls[one]) for one in ("versions", "v2", "HEAD"))
        elif "versions" in query:
            self.calls["versions"] += 1
            body = self._versions(query.get("key-marker", [""])[0])
        else:
            self.calls["v2"] += 1
            body = self._objects(query)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body.encode())}\r\n\r\n"
        return (head + body).encode()

    def _head(self, path: str) -> bytes:
        _, _, size, *_ = path.split("/")
        number = path.removesuffix(".json")[-13:-4]
        return (_HEAD % (number, self.recipes[size])).encode()

    def _versions(self, marker: str) -> str:
        start = int(marker[-13:-4]) + 1 if marker else 0
        end = min(start + PAGE, self.originals)
        entries = "".join(
            f"<Version><Key>{key_of(number)}</Key><VersionId>version-{number:09}"
            f"</VersionId><IsLatest>true</IsLatest>{_ENTRY}{_OWNER}</Version>"
            for number in range(start, end)
        )
        more = (
            f"<NextKeyMarker>{key_of(end - 1)}</NextKeyMarker>"
            f"<NextVersionIdMarker>version-{end - 1:09}</NextVersionIdMarker>"
        )
        return self._listing("ListVersionsResult", entries, end, more)

    def _objects(self, query: dict[str, list[str]]) -> str:
        if "delimiter" in query:
            prefixes = "".join(_prefixes(self.recipes))
            return self._listing("ListBucketResult", prefixes, self.originals, "")
        name = query.get("prefix", [""])[0].split("/")[0]
        if name not in self.recipes:  # as of rejections: there are none
            return self._listing("ListBucketResult", "", self.originals, "")
        suffix = ".json" if name == "manifest" else ""
        start = int(query.get("continuation-token", ["0"])[0])
        end = min(start + PAGE, self.originals)
        entries = "".join(
            f"<Contents><Key>{name}/{key_of(number)}{suffix}</Key>{_ENTRY}</Contents>"
            for number in range(start, end)
        )
        token = f"<NextContinuationToken>{end}</NextContinuationToken>"
        return self._listing("ListBucketResult", entries, end, token)

    def _listing(self, kind: str, entries: str, end: int, more: str) -> str:
        truncated = end < self.originals
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} '
            'xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            "<EncodingType>url</EncodingType>"
            f"<IsTruncated>{str(truncated).lower()}</IsTruncated>"
            f"{more if truncated else ''}{entries}</{kind}>"
        )


def _prefixes(names: dict[str, str]) -> Iterator[str]:
    for name in names:
        yield f"<CommonPrefixes><Prefix>{quote(name)}/</Prefix></CommonPrefixes>"


class Connection(asyncio.Protocol):
    """Requests without a body, and the responses."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets, self._received = buckets, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for mypy
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, self._received = self._received.split(b"\r\n\r\n", 1)
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            self._transport.write(self._buckets.respond(method, target))


async def _serve(buckets: Buckets) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(buckets), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    pairs = (one.split("=") for one in sys.argv[2:])
    asyncio.run(_serve(Buckets(int(sys.argv[1]), dict(pairs))))
