"""What an origin access control for Lambda does: sign requests to a function URL."""

from __future__ import annotations

import ssl
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.cloud import REGION, ROOT_KEY
from local.http_server import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import Cloud

_HOP_BY_HOP = {
    *("connection", "transfer-encoding", "content-length", "date", "server"),
}
_FORWARDED = ("If-None-Match", "x-upload-token")


@contextmanager
def signing(cloud: Cloud, function_url: str, timeout: int) -> Iterator[int]:
    """A server on loopback that forwards to the function URL; its port.

    Args:
        cloud: Where the function URL is served.
        function_url: As deployed.
        timeout: Seconds.
    """
    forwarder = _Forwarder(cloud, function_url, timeout)
    with LoopbackServer(_handler(forwarder)) as server:
        yield server.server_port


class _Forwarder:
    def __init__(self, cloud: Cloud, function_url: str, timeout: int) -> None:
        self._endpoint, self._timeout = cloud.endpoint, timeout
        self._host = urlsplit(function_url).netloc
        self._credentials = Credentials(ROOT_KEY, ROOT_KEY)
        self._context = ssl.create_default_context(
            cafile=str(cloud.certificate) if cloud.certificate else None
        )

    def send(
        self, method: str, path: str, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """The function's status, headers and body."""
        request = AWSRequest(
            method, self._endpoint + path, headers={"Host": self._host, **headers}
        )
        SigV4Auth(self._credentials, "lambda", REGION).add_auth(request)
        with closing(self._connect()) as connection:
            connection.request(method, path, headers=dict(request.headers))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def _connect(self) -> HTTPSConnection:
        host = urlsplit(self._endpoint).netloc
        return HTTPSConnection(host, timeout=self._timeout, context=self._context)


def _as_aws_forwards(path: str) -> str:
    """The path, encoded once more.

    The local cloud decodes it before the function sees it, and AWS does not: without
    this, `100%2541.jpg` would arrive as `100%41.jpg`, which is another key.
    """
    path, question, query = path.partition("?")
    return path.replace("%", "%25") + question + query


def _handler(forwarder: _Forwarder) -> type[BaseHTTPRequestHandler]:
    class Signer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            given = {n: v for n in _FORWARDED if (v := self.headers.get(n))}
            path = _as_aws_forwards(self.path)
            status, headers, body = forwarder.send(self.command, path, given)
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, *_: object) -> None:
            """The function's own log says what happened."""

    return Signer
