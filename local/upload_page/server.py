"""Serve the upload page on a loopback port."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlsplit

from local.http_server import LoopbackServer
from local.processes import LOOPBACK
from local.upload_page.guard import refusal
from local.upload_page.site import Request, Site, mistake

if TYPE_CHECKING:
    from local.stack import Stack
    from local.upload_page.site import Response

PORT = 8765
"""If another program uses it, the page gets a free one."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class UploadPage:
    """The upload page of a local stack, during a `with` block."""

    def __init__(self, stack: Stack, port: int = PORT) -> None:
        self._site = Site(stack)
        self._server = _listening(self._site, port)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def sizes_changed(self) -> None:
        """Show other sizes, after a deployment."""
        self._site.sizes_changed()


def _listening(site: Site, port: int) -> LoopbackServer:
    handler = partial(_Handler, site)
    try:
        return LoopbackServer(handler, port)
    except OSError:  # the port is taken
        return LoopbackServer(handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LoopbackServer
    timeout = 60
    """Seconds without a byte, after which a connection is closed."""

    def __init__(self, site: Site, *arguments: object) -> None:
        self._site = site
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def _respond(self) -> None:
        try:
            self._send(self._response())
        except ConnectionError:  # the browser has left
            self.close_connection = True

    def _response(self) -> Response:
        try:
            target = urlsplit(self.path)
        except ValueError:
            return mistake("this is not a URL")
        port = self.server.server_port
        if reason := refusal(self.command, target.path, self.headers, port):
            return mistake(reason, HTTPStatus.FORBIDDEN)
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        request = Request(self.command, target.path, query, self.headers, self.rfile)
        return self._site.respond(request)

    def _send(self, response: Response) -> None:
        if self.command != "GET":
            # Part of its body may not have been read.
            self.close_connection = True
        self.send_response(response.status)
        headers = {**_HEADERS, **response.headers}
        headers["Content-Length"] = str(len(response.body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
