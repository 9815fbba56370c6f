"""A proxy in front of the local cloud: it records requests, and fails or holds some."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from local.cloud import TIMEOUT_SECONDS, Cloud
from local.emulator import forwarding
from local.emulator.environment import configured_variables
from local.http_server import LoopbackServer
from local.processes import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.lambda_pool import LambdaPool

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
        if not cloud.certificate:
            msg = "the cloud has no certificate for a proxy to use"
            raise ValueError(msg)
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
            if not self._waiting.acquire(timeout=TIMEOUT_SECONDS):
                msg = f"no such call for {TIMEOUT_SECONDS} s"
                raise TimeoutError(msg)

    def is_failing(self, call: Call) -> bool:
        """Record a call and hold it as required; return whether it fails."""
        self.calls.append(call)
        for matches, released in [*self._held]:
            if matches(call):
                self._waiting.release()
                released.wait(TIMEOUT_SECONDS)
        return any(matches(call) for matches in [*self._failing])


@contextmanager
def through_proxy(
    cloud: Cloud, pool: LambdaPool, *functions: str
) -> Iterator[CloudProxy]:
    """Have functions call S3 through a proxy during the block."""
    before = {name: _variables(cloud, name) for name in functions}
    with CloudProxy(cloud) as proxy:
        place = {"AWS_ENDPOINT_URL_S3": proxy.cloud.endpoint}
        try:
            for name, variables in before.items():
                _configure(cloud, name, variables | place)
            pool.serve(*functions)  # in new environments
            yield proxy
        finally:
            for name, variables in before.items():
                _configure(cloud, name, variables)
            pool.serve(*functions)


def _variables(cloud: Cloud, function: str) -> dict[str, str]:
    client = cloud.client("lambda")
    return configured_variables(
        client.get_function_configuration(FunctionName=function)
    )


def _configure(cloud: Cloud, function: str, variables: dict[str, str]) -> None:
    cloud.client("lambda").update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )


def _handler(proxy: CloudProxy, cloud: Cloud) -> type[BaseHTTPRequestHandler]:
    context = ssl.create_default_context(cafile=str(cloud.certificate))
    place = urlsplit(cloud.endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.to_cloud = HTTPSConnection(
                place, timeout=TIMEOUT_SECONDS, context=context
            )

        def finish(self) -> None:
            self.to_cloud.close()
            super().finish()

        def do_GET(self) -> None:
            body = forwarding.body(self)
            path = unquote(urlsplit(self.path).path)
            if proxy.is_failing(Call(self.command, self.headers["Host"], path)):
                forwarding.respond(self, 503, [], _SLOW_DOWN)
            else:
                response = forwarding.forwarded(self.to_cloud, self, body)
                forwarding.respond(self, *response)

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - the library's

        def log_message(self, *_: object) -> None:
            """Log nothing: `calls` has everything."""

    return Handler
