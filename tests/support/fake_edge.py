"""A distribution in front of a deployment in memory, over HTTP on loopback.

What S3 does not have, the on-request function's own handler is asked for.
"""

from __future__ import annotations

import base64
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import unquote

from local.http_server import LoopbackServer
from local.processes import LOOPBACK
from resize_on_upload import dependencies
from resize_on_upload.delivery import handler
from resize_on_upload.imaging.probe import DEFAULTS
from resize_on_upload.outputs import request_log
from resize_on_upload_cli.stack.base_url import URL_VARIABLE
from tests.protocol.explorer import make_variants
from tests.support.fake_stack import RESIZED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fake_stack import FakeStack

DOMAIN = "https://d111111abcdef8.cloudfront.net/"
_CONTEXT = SimpleNamespace(
    aws_request_id="1", get_remaining_time_in_millis=lambda: 30_000
)


class FakeEdge:
    """What CloudFront does with a request.

    Attributes:
        stack: What is deployed behind it.
        s3_refuses, lambda_refuses: Whether an origin refuses the distribution.
        knows_sizes: Whether the edge function runs.
        is_private: Whether only signed URLs are served; any signature will do.
        seen: Method and path of each request.
    """

    def __init__(self, stack: FakeStack) -> None:
        self.stack = stack
        self.s3_refuses = self.lambda_refuses = False
        self.knows_sizes = True
        self.is_private = False
        self.seen: list[str] = []

    def answer(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        self.seen.append(f"{method} {path}")
        if self.is_private and "&Signature=" not in path:
            return 403, {"Content-Type": "text/xml", **_cache("Error")}, b"<Error/>"
        plain = unquote(path.partition("?")[0].removeprefix("/"))
        names = {size.name for size in self.stack.sizes}
        if self.knows_sizes and plain.partition("/")[0] not in names:
            return 404, _cache("FunctionGeneratedResponse"), b""
        stored = self.stack.s3.current(RESIZED, plain)
        if stored and not self.s3_refuses:
            about = {"Content-Type": stored.content_type, **_cache("Miss")}
            return 200, about, stored.body or b""
        if self.lambda_refuses:
            return 403, _cache("Error"), b""
        made = handler.handler({"rawPath": path.partition("?")[0]}, _CONTEXT)
        cache = "Miss" if made["statusCode"] == 200 else "Error"
        return made["statusCode"], made["headers"] | _cache(cache), _body(made)


def _cache(result: str) -> dict[str, str]:
    return {"X-Cache": f"{result} from cloudfront"}


def _body(response: dict[str, Any]) -> bytes:
    body = str(response.get("body", ""))
    return base64.b64decode(body) if "isBase64Encoded" in response else body.encode()


@contextmanager
def serving(stack: FakeStack) -> Iterator[FakeEdge]:
    """Serve a stack's variants; the commands are led here by the variable."""
    named = {"OnRequestFunctionName": "on-request", "OnRequestLogGroupName": "on-logs"}
    stack.outputs |= {"Url": DOMAIN, **named}
    edge = FakeEdge(stack)
    with LoopbackServer(_handler(edge)) as server, _as_function(stack):
        url = f"http://{LOOPBACK}:{server.server_port}"
        with patch.dict("os.environ", {URL_VARIABLE: url}):
            yield edge


@contextmanager
def _as_function(stack: FakeStack) -> Iterator[None]:
    """Let the handler use the stack's buckets; it logs nothing."""
    settings = SimpleNamespace(
        sizes=stack.sizes, mirror_deletes=True, metrics="none", original_bucket=""
    )
    sandbox = SimpleNamespace(
        pid=None,
        walls={},
        make_variants=lambda body, sizes, _: make_variants(body, sizes),
    )
    found = {
        "settings": settings,
        "store": stack.store,
        "sandbox": sandbox,
        "limits": DEFAULTS,
    }
    with ExitStack() as patches:
        for name, value in found.items():
            patches.enter_context(
                patch.object(dependencies, name, lambda value=value: value)
            )
        patches.enter_context(patch.object(request_log, "log", lambda *_: None))
        yield


def _handler(edge: FakeEdge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = edge.answer(self.command, self.path)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, *_: object) -> None:
            """`seen` has every request."""

    return Handler
