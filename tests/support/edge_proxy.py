"""A proxy between a browser and the local edge: chooses the Accept header, and records.

A browser cannot be made to lack a format.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.http_server import LoopbackServer
from local.processes import LOOPBACK
from tests.support.waiting import MAX_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class EdgeProxy:
    """A proxy.

    Attributes:
        url: Where it is, with a slash at its end.
        seen: Path → Content-Type of each response.
    """

    url: str = ""
    seen: dict[str, str] = field(default_factory=dict)


@contextmanager
def through(url: str, accept: str | None) -> Iterator[EdgeProxy]:
    """Run a proxy in front of `url`.

    Args:
        url: What it leads to.
        accept: Sent in place of the browser's Accept header; None leaves that.
    """
    proxy = EdgeProxy()
    with LoopbackServer(_handler(proxy, urlsplit(url).netloc, accept)) as server:
        proxy.url = f"http://{LOOPBACK}:{server.server_port}/"
        yield proxy


def _handler(
    proxy: EdgeProxy, place: str, accept: str | None
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Accept"] if accept is None else accept
            with closing(HTTPConnection(place, timeout=MAX_SECONDS)) as connection:
                connection.request("GET", self.path, headers={"Accept": wanted})
                response = connection.getresponse()
                body = response.read()
            proxy.seen[self.path] = response.headers["Content-Type"]
            assert response.headers["Vary"] == "Accept"
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """`seen` has every request."""

    return Handler
