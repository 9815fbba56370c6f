"""Refuse requests that are not the page's own.

Any page that a browser shows can send requests to a loopback port, also by a name that
its owner lets resolve to this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

_ELSEWHERE = "the request comes from a page of another site"


def refusal(method: str, path: str, headers: Message, port: int) -> str:
    """Return why a request is refused; empty if it is the page's own.

    Args:
        method: HTTP's.
        path: Of the URL.
        headers: Of the request.
        port: The one that the server listens on.
    """
    host, origin = headers.get("Host", ""), headers.get("Origin")
    if host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        return "this server only has the names 127.0.0.1 and localhost"
    if origin is None and method != "GET":
        return "a change needs the header Origin, which browsers send"
    if origin not in (None, f"http://{host}"):
        return _ELSEWHERE
    is_link = method == "GET" and path == "/"
    if not is_link and headers.get("Sec-Fetch-Site", "none") not in (
        "same-origin",
        "none",
    ):
        return _ELSEWHERE
    return ""
