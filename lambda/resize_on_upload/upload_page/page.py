"""The page itself: one HTML file, and the headers that keep it to its own code."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("page.html")
_INLINE = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """The page as it is served."""

    body: bytes
    headers: dict[str, str]


def page(images: str = "", uploads: str = "") -> Page:
    """Return the page.

    Args:
        images: The origin of images, if it is not the page's own.
        uploads: The origin to upload to, if it is not the page's own.
    """
    body = _FILE.read_bytes()
    policy = {
        "default-src": "'none'",
        "script-src": _hash("script"),
        "style-src": _hash("style"),
        "img-src": f"'self' blob: data: {images}",
        "connect-src": f"'self' {uploads}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(
            f"{name} {value}".strip() for name, value in policy.items()
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Page(body, headers)


def _hash(element: str) -> str:
    """Return what lets the page's one inline script or style run, and no other."""
    (text,) = (
        text
        for name, text in _INLINE.findall(_FILE.read_bytes())
        if name == element.encode()
    )
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    return f"'sha256-{digest}'"
