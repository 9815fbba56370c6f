"""Send a HEAD over a connection of http.client, and read its response.

http.client needs three times the CPU for it, as it parses headers as those of mail.
"""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING

from resize_on_upload_cli.s3.messages import Response

if TYPE_CHECKING:
    from resize_on_upload_cli.s3.messages import Request

MAX_HEAD_BYTES = 65_536
"""S3 sends one or two thousand; the user's metadata are 2 KB at most."""

_END = b"\r\n\r\n"
_STATUS = re.compile(r"HTTP/1\.([01]) ([2-5]\d\d)(?: .*)?")


def exchange(
    connection: http.client.HTTPConnection, request: Request
) -> tuple[Response, bool]:
    """Return the response, and whether the connection can be used again.

    Raises:
        OSError, HTTPException: there was none.
    """
    if connection.sock is None:
        connection.connect()
    connection.sock.sendall(_encoded(request))
    received = b""
    while _END not in received:
        some = connection.sock.recv(MAX_HEAD_BYTES)
        if not some or len(received) > MAX_HEAD_BYTES:
            msg = "the response has no end"
            raise http.client.HTTPException(msg)
        received += some
    head, _, rest = received.partition(_END)
    return _parsed(head.decode("latin-1"), has_body=bool(rest))


def _encoded(request: Request) -> bytes:
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    if any("\n" in line or "\r" in line for line in lines):
        msg = "a header has a line break"
        raise ValueError(msg)
    text = "\r\n".join([f"HEAD {request.target} HTTP/1.1", *lines])
    return text.encode("latin-1") + _END


def _parsed(head: str, *, has_body: bool) -> tuple[Response, bool]:
    first, *lines = head.split("\r\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        raise http.client.BadStatusLine(first)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            msg = f"a line of the response is not a header: {line[:80]!r}"
            raise http.client.HTTPException(msg)
        headers[name.lower()] = value.strip()
    closes = status[1] == "0" or headers.get("connection", "").lower() == "close"
    return Response(int(status[2]), headers), not (closes or has_body)
