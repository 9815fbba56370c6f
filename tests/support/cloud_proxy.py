"""A proxy in front of the local cloud: it records requests, and fails or holds some."""

from __future__ import annotations

import ssl
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from local.cloud import TIMEOUT_SECONDS, Cloud
from local.emulator.environment import configured_variables
from local.http_server import LoopbackServer
from local.processes import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

_NOT_FORWARDED = {"connection", "keep-alive", "expect", "transfer-encoding"}

_SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code>'
    b"<Message>Please reduce your request rate.</Message></Error>"
)
"""https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the cloud.

    Attributes:
        path: Decoded, without the query.
    """

    method: str
    host: str
    path: str


class CloudProxy:
    """Serves what the cloud serves, on another port and with its certificate.

    Attributes:
        cloud: The same cloud, reached through this proxy.
        calls: The requests so far.
    """

    def __init__(self, cloud: Cloud) -> None:
        assert cloud.certificate
        self.calls: list[Call] = []
        self._failing: list[Callable[[Call], bool]] = []
        self._held: list[tuple[Callable[[Call], bool], threading.Event]] = []
        self._waiting = threading.Semaphore(0)
        self._server = LoopbackServer(_handler(self, cloud))
        own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        own.load_cert_chain(cloud.certificate, cloud.certificate.with_suffix(".key"))
        self._server.socket = own.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        url = f"https://{LOOPBACK}:{self._server.server_port}"
        self.cloud = replace(cloud, endpoint=url)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @contextmanager
    def failing(self, matches: Callable[[Call], bool]) -> Iterator[None]:
        """Answer these calls as S3 does when it is overloaded."""
        self._failing.append(matches)
        try:
            yield
        finally:
            self._failing.remove(matches)

    @contextmanager
    def holding(self, matches: Callable[[Call], bool]) -> Iterator[None]:
        """Forward these calls only after the block."""
        rule = matches, threading.Event()
        self._held.append(rule)
        try:
            yield
        finally:
            self._held.remove(rule)
            rule[1].set()

    def wait_for_held(self, number: int) -> None:
        """Return when that many more calls are being held."""
        for _ in range(number):
            assert self._waiting.acquire(timeout=TIMEOUT_SECONDS)

    def is_failing(self, call: Call) -> bool:
        """Record a call and hold it as required; return whether it fails."""
        self.calls.append(call)
        for matches, released in [*self._held]:
            if matches(call):
                self._waiting.release()
                released.wait(TIMEOUT_SECONDS)
        return any(matches(call) for matches in [*self._failing])


@contextmanager
def on_request_through(stack: Stack) -> Iterator[CloudProxy]:
    """Have the on-request function call S3 through a proxy during the block."""
    with function_through(stack, stack.outputs["OnRequestFunctionName"]) as proxy:
        yield proxy


@contextmanager
def function_through(stack: Stack, function: str) -> Iterator[CloudProxy]:
    """Have a function call S3 through a proxy during the block."""
    client = stack.cloud.client("lambda")
    found = client.get_function_configuration(FunctionName=function)
    before = configured_variables(found)
    with CloudProxy(stack.cloud) as proxy:
        changed = {**before, "AWS_ENDPOINT_URL_S3": proxy.cloud.endpoint}
        try:
            _configure(stack, function, changed)
            yield proxy
        finally:
            _configure(stack, function, before)


def _configure(stack: Stack, function: str, variables: dict[str, str]) -> None:
    stack.cloud.client("lambda").update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )
    stack.lambda_pool.serve(function)  # in new environments


def _handler(proxy: CloudProxy, cloud: Cloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = _body(self)
            path = unquote(urlsplit(self.path).path)
            if proxy.is_failing(Call(self.command, self.headers["Host"], path)):
                _respond(self, 503, [], _SLOW_DOWN)
            else:
                _respond(self, *_forwarded(cloud, self, body))

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - the library's

        def log_message(self, *_: object) -> None:
            """Log nothing: `calls` has everything."""

    return Handler


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers.get("Transfer-Encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))
    chunks = []
    while length := int(request.rfile.readline(), 16):
        chunks.append(request.rfile.read(length))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(chunks)


def _forwarded(
    cloud: Cloud, request: BaseHTTPRequestHandler, body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """The cloud's status, headers and body; every signed header stays as it is."""
    context = ssl.create_default_context(cafile=str(cloud.certificate))
    place = urlsplit(cloud.endpoint).netloc
    connection = HTTPSConnection(place, timeout=TIMEOUT_SECONDS, context=context)
    with closing(connection):
        connection.putrequest(
            request.command, request.path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in request.headers.items():
            if name.lower() not in _NOT_FORWARDED:
                connection.putheader(name, value)
        if "Content-Length" not in request.headers:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        found = connection.getresponse()
        return found.status, found.getheaders(), found.read()


def _respond(
    request: BaseHTTPRequestHandler,
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
) -> None:
    request.send_response_only(status)
    for name, value in headers:
        if name.lower() not in _NOT_FORWARDED:
            request.send_header(name, value)
    if "content-length" not in {name.lower() for name, _ in headers}:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
