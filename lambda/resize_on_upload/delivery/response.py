"""Build the HTTP responses to viewers, in Lambda's payload format 2.0.

docs/delivery.md has the table of all responses.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY_BYTES = 4_500_000
"""As base64 and JSON it stays below Lambda's limit of 6,291,556 bytes a response:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

NOT_FOUND_SECONDS = 10
"""How long caches may repeat that an original is missing; it may be uploading."""

REJECTED_SECONDS = 60
"""How long caches may repeat that an original cannot be resized."""

REDIRECT_SECONDS = 300


def found(
    body: bytes, headers: Mapping[str, str], if_none_match: str = ""
) -> dict[str, Any]:
    """200 with the object's own headers, or 304 if the viewer's copy is current.

    Args:
        body: The variant; at most MAX_BODY_BYTES.
        headers: The object's, as S3 sends them; names in lower case.
        if_none_match: The request's header.
    """
    if _matches(headers["etag"], if_none_match):
        return _response(304, headers)
    encoded = base64.b64encode(body).decode()
    return {**_response(200, headers), "body": encoded, "isBase64Encoded": True}


def retry_at_s3(path: str) -> dict[str, Any]:
    """307 to the same URL: S3 has the variant now, and it is too large for Lambda."""
    return _response(307, {"location": path, "cache-control": "no-store"})


def use_encoded_plus(path: str) -> dict[str, Any]:
    """308 to the URL with `%2B` for `+`, which S3 would read as a space."""
    headers = {"cache-control": f"public, max-age={REDIRECT_SECONDS}"}
    return _response(308, {"location": path.replace("+", "%2B"), **headers})


def not_found() -> dict[str, Any]:
    """404: no such size, or no such original."""
    return _error(404, "not-found", f"public, max-age={NOT_FOUND_SECONDS}")


def rejected(reason: str) -> dict[str, Any]:
    """404: the original cannot be resized; the body names the reason's code.

    Not 415 or 422: CloudFront caches a 404 without further configuration, so the
    original is not decoded again for every viewer.
    """
    return _error(404, reason, f"public, max-age={REJECTED_SECONDS}")


def unavailable() -> dict[str, Any]:
    """503: S3 or this function failed; the same request may succeed in a second."""
    return _error(503, "try-again", "no-store", {"retry-after": "1"})


def misconfigured() -> dict[str, Any]:
    """502: S3 has the variant but refuses it to CloudFront; Lambda cannot send it.

    A redirect would come straight back here.
    """
    return _error(502, "too-large", "no-store")


def _matches(etag: str, if_none_match: str) -> bool:
    """https://www.rfc-editor.org/rfc/rfc9110.html#name-if-none-match."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]


def _error(
    status: int, code: str, cache: str, more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": cache,
        **(more or {}),
    }
    return {**_response(status, headers), "body": f"{code}\n"}


def _response(status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    return {"statusCode": status, "headers": dict(headers)}
