"""Send requests over connections that stay open; errors are botocore's.

A proxy is left to botocore, which knows every kind of them.
"""

from __future__ import annotations

import http.client
import ssl
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from botocore import exceptions as aws
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.httpsession import URLLib3Session, get_cert_path
from botocore.utils import get_environ_proxies

from resize_on_upload_cli.s3 import head
from resize_on_upload_cli.s3.messages import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resize_on_upload_cli.s3.address import Address
    from resize_on_upload_cli.s3.messages import Request

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Of a response: a page of 1,000 keys of 1,024 bytes has a third of it."""

_TIMEOUT_SECONDS = 60.0

_CLOSED = (
    *(http.client.HTTPException, ConnectionResetError, BrokenPipeError),
    *(ssl.SSLEOFError, ssl.SSLZeroReturnError),
)


class Send(Protocol):
    """Sends a request.

    Raises:
        BotoCoreError: there was no whole response.
    """

    def __call__(self, request: Request, /) -> Response:
        """Return the response."""


def sender(ca_bundle: str | None, connections: int) -> Send:
    """Return what sends requests, with the proxies of the environment.

    Args:
        ca_bundle: The file of the authorities to trust, if not the usual ones.
        connections: How many stay open; more may be used at the same time.
    """
    direct = DirectConnections(ca_bundle)
    proxied: dict[str, ProxiedConnections | None] = {}

    def send(request: Request) -> Response:
        endpoint = request.address.endpoint
        if endpoint not in proxied:
            proxies = get_environ_proxies(endpoint)
            used = request.address.scheme in proxies
            proxied[endpoint] = (
                ProxiedConnections(proxies, ca_bundle, connections) if used else None
            )
        return (proxied[endpoint] or direct)(request)

    return send


@dataclass
class DirectConnections:
    """Connections of http.client.

    Attributes:
        ca_bundle: The file of the authorities to trust, if not the usual ones.
    """

    ca_bundle: str | None = None
    _idle: dict[str, list[http.client.HTTPConnection]] = field(default_factory=dict)
    _context: ssl.SSLContext | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        weakref.finalize(self, _close, self._idle)

    def __call__(self, request: Request) -> Response:
        """Send a request; return the response."""
        endpoint = f"{request.address.scheme}://{request.address.host}"
        idle = self._idle.setdefault(endpoint, [])
        try:
            connection = idle.pop()
        except IndexError:
            connection = self._new(request.address)
        try:
            exchange = head.exchange if request.method == "HEAD" else _exchange
            response, reusable = exchange(connection, request)
        except BaseException as error:
            connection.close()
            _close_all(idle)  # after a pause, S3 has closed all of them
            if isinstance(error, OSError | http.client.HTTPException):
                raise _translated(error, endpoint) from error
            raise
        if reusable:
            idle.append(connection)
        else:
            connection.close()
        return response

    def _new(self, address: Address) -> http.client.HTTPConnection:
        if address.scheme == "http":
            return http.client.HTTPConnection(address.host, timeout=_TIMEOUT_SECONDS)
        with self._lock:  # reading all authorities takes 30 ms
            if self._context is None:
                bundle = self.ca_bundle or get_cert_path(verify=True)
                self._context = ssl.create_default_context(cafile=bundle)
        return http.client.HTTPSConnection(
            address.host, timeout=_TIMEOUT_SECONDS, context=self._context
        )


def _exchange(
    connection: http.client.HTTPConnection, request: Request
) -> tuple[Response, bool]:
    """Return a response, and whether the connection can be used again."""
    connection.putrequest(
        request.method, request.target, skip_host=True, skip_accept_encoding=True
    )
    for name, value in request.headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    with connection.getresponse() as found:
        body = found.read(MAX_BODY_BYTES + 1)
        # A body that ends with the connection may have been cut.
        whole = found.chunked or found.length == 0
        if not whole or len(body) > MAX_BODY_BYTES:
            raise http.client.IncompleteRead(body, found.length)
        headers = {name.lower(): value for name, value in found.headers.raw_items()}
        reusable = not found.will_close and found.isclosed()
    return Response(found.status, headers, body), reusable


def _translated(
    error: OSError | http.client.HTTPException, endpoint: str
) -> aws.BotoCoreError:
    if isinstance(error, _CLOSED):
        return aws.ConnectionClosedError(endpoint_url=endpoint, error=error)
    match error:
        case ssl.SSLError():
            return aws.SSLError(endpoint_url=endpoint, error=error)
        case TimeoutError():
            return aws.ReadTimeoutError(endpoint_url=endpoint, error=error)
    return aws.EndpointConnectionError(endpoint_url=endpoint, error=error)


def _close(idle: Mapping[str, list[http.client.HTTPConnection]]) -> None:
    for connections in idle.values():
        _close_all(connections)


def _close_all(connections: list[http.client.HTTPConnection]) -> None:
    """Close connections, while other threads take and return some."""
    with suppress(IndexError):
        while True:
            connections.pop().close()


class ProxiedConnections:
    """Connections of botocore, through a proxy."""

    def __init__(
        self, proxies: dict[str, str], ca_bundle: str | None, connections: int
    ) -> None:
        verify: Any = ca_bundle or True
        self._session = URLLib3Session(
            verify=verify, proxies=proxies, max_pool_connections=connections
        )

    def __call__(self, request: Request) -> Response:
        """Send a request; return the response."""
        address = request.address
        url = f"{address.scheme}://{address.host}{request.target}"
        headers: Any = HeadersDict(request.headers)
        found = self._session.send(
            AWSPreparedRequest(request.method, url, headers, None, stream_output=False)
        )
        names = {name.lower(): value for name, value in found.headers.items()}
        return Response(found.status_code, names, found.content)
