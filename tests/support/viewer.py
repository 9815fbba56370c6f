"""Request images as a viewer does; read what the on-request function logged."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from tests.support.deployed import log_lines, put
from tests.support.waiting import MAX_SECONDS, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.delivery.edge import Edge
    from local.stack import Stack

HIT, MISS = "Hit from cloudfront", "Miss from cloudfront"
REFUSED_AT_THE_EDGE = "FunctionGeneratedResponse from cloudfront"

_ENTITY = {
    *("etag", "last-modified", "content-type", "content-length", "cache-control"),
    *("content-disposition", "content-language", "content-encoding", "expires"),
}


@dataclass(frozen=True, slots=True)
class Response:
    """What a viewer got.

    Attributes:
        headers: Names in lower case.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cache(self) -> str:
        """CloudFront's account of where the response came from."""
        return self.headers["x-cache"]

    @property
    def entity(self) -> tuple[bytes, dict[str, str]]:
        """The body and the headers that describe it."""
        about = {name: v for name, v in self.headers.items() if name in _ENTITY}
        return self.body, about


def path(size: str, key: str) -> str:
    """The path of a size of an original, as a page would link to it."""
    return f"/{size}/{quote(key, safe='/')}"


def view(
    stack: Stack,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send one request; the path is sent as it is."""
    assert stack.edge, "nginx is missing: run local/install nginx"
    return view_at(stack.edge, path, method, headers)


def view_at(
    edge: Edge,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send one request to one of several edges."""
    place = urlsplit(edge.url).netloc
    with closing(HTTPConnection(place, timeout=MAX_SECONDS)) as connection:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, found, answer.read())


def view_until(
    stack: Stack, path: str, is_wanted: Callable[[Response], bool]
) -> Response:
    """Reload until the response is the wanted one; return that."""
    seen: list[Response] = []

    def wanted() -> Response | None:
        seen[:] = [view(stack, path)]
        return seen[0] if is_wanted(seen[0]) else None

    found = wait_for(wanted, lambda: f"{path} stays {seen}")
    assert found
    return found


def requests(stack: Stack, key: str) -> list[dict[str, Any]]:
    """The on-request function's log lines about a key so far."""
    return [one for one in log_lines(stack, key) if one["event"].startswith("request.")]


def results(stack: Stack, key: str) -> list[str]:
    """What became of each request for the key that reached the function."""
    return [one["event"].removeprefix("request.") for one in requests(stack, key)]


def uploads(stack: Stack, key: str) -> Iterator[dict[str, Any]]:
    """The resizer's log lines about a key so far."""
    return (one for one in log_lines(stack, key) if one["event"].startswith("image."))


def wait_for_upload(stack: Stack, key: str, number: int = 1) -> dict[str, Any]:
    """The resizer's log line of that number, from 1, once it is written."""
    return wait_for(
        lambda: list(uploads(stack, key))[number - 1 : number],
        lambda: f"upload {number} of {key!r} was not seen:\n{stack.log()[-3000:]}",
    )[0]


def upload(stack: Stack, body: bytes) -> str:
    """Upload under a new key; return the key, once it is resized."""
    key = str(uuid4())
    put(stack, key, body)
    wait_for_upload(stack, key)
    return key
