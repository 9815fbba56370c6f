"""Forward HTTP requests as they are: what they are signed for does not change."""

from __future__ import annotations

from http.client import HTTPException, HTTPSConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

_NOT_FORWARDED = {"connection", "keep-alive", "expect", "transfer-encoding"}


def body(request: BaseHTTPRequestHandler) -> bytes:
    """The whole body of a request."""
    if request.headers.get("Transfer-Encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))
    chunks = []
    while length := int(request.rfile.readline(), 16):
        chunks.append(request.rfile.read(length))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(chunks)


def forwarded(
    connection: HTTPSConnection, request: BaseHTTPRequestHandler, content: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """The cloud's status, headers and body.

    The cloud closes connections that are idle for long: then it has not seen the call.
    """
    try:
        return _sent(connection, request, content)
    except (ConnectionError, HTTPException):
        connection.close()
        return _sent(connection, request, content)


def _sent(
    connection: HTTPSConnection, request: BaseHTTPRequestHandler, content: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """The same; every signed header stays as it is."""
    connection.putrequest(
        request.command, request.path, skip_host=True, skip_accept_encoding=True
    )
    for name, value in request.headers.items():
        if name.lower() not in _NOT_FORWARDED:
            connection.putheader(name, value)
    if "Content-Length" not in request.headers:
        connection.putheader("Content-Length", str(len(content)))
    connection.endheaders(content)
    found = connection.getresponse()
    return found.status, found.getheaders(), found.read()


def respond(
    request: BaseHTTPRequestHandler,
    status: int,
    headers: list[tuple[str, str]],
    content: bytes,
) -> None:
    """Send a response, without what is about the cloud's connection."""
    request.send_response_only(status)
    for name, value in headers:
        if name.lower() not in _NOT_FORWARDED:
            request.send_header(name, value)
    if "content-length" not in {name.lower() for name, _ in headers}:
        request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(content)
