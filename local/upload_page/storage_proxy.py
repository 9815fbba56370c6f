"""Pass a form on to the local cloud's S3, whose certificate no browser knows."""

from __future__ import annotations

import ssl
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.cloud import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase

    from local.cloud import Cloud

_CHUNK_BYTES = 256 * 1024


def post_form(
    cloud: Cloud, bucket: str, body: BufferedIOBase, length: int, content_type: str
) -> tuple[int, bytes]:
    """Send a form as it is; return S3's status and response.

    Raises:
        OSError: the browser or the local cloud closed the connection.
    """
    with closing(_connection(cloud)) as connection:
        headers = {"Content-Type": content_type, "Content-Length": str(length)}
        chunks = _chunks(body, length)
        connection.request("POST", f"/{bucket}", chunks, headers)
        response = connection.getresponse()
        return response.status, response.read()


def _connection(cloud: Cloud) -> HTTPConnection:
    place = urlsplit(cloud.endpoint)
    if not cloud.certificate:
        return HTTPConnection(place.netloc, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context(cafile=str(cloud.certificate))
    return HTTPSConnection(place.netloc, timeout=TIMEOUT_SECONDS, context=context)


def _chunks(body: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length:
        chunk = body.read(min(length, _CHUNK_BYTES))
        if not chunk:  # cancelled
            msg = "the upload ended early"
            raise ConnectionError(msg)
        length -= len(chunk)
        yield chunk
