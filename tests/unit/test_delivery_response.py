"""The HTTP responses to viewers."""

from __future__ import annotations

import base64
import json

import pytest

from resize_on_upload.delivery import response

HEADERS = {
    "etag": '"0123"',
    "content-type": "image/jpeg",
    "last-modified": "Wed, 25 Nov 2026 21:00:00 GMT",
    "cache-control": "public, max-age=300",
}
MAX_RESPONSE_BYTES = 6_291_556  # Lambda's quota


def test_a_variant_is_sent_whole_with_its_headers() -> None:
    answer = response.found(b"\xff\xd8", HEADERS)
    assert (answer["statusCode"], answer["headers"]) == (200, HEADERS)
    assert answer["isBase64Encoded"]
    assert base64.b64decode(answer["body"]) == b"\xff\xd8"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"0123"', 304),
        ('W/"0123"', 304),
        ('"other", W/"0123"', 304),
        ("*", 304),
        ('"other"', 200),
        ("0123", 200),
        ("", 200),
        (",,", 200),
    ],
)
def test_a_current_copy_is_not_sent_again(header: str, status: int) -> None:
    answer = response.found(b"body", HEADERS, header)
    assert answer["statusCode"] == status
    assert ("body" in answer) == (status == 200)
    assert answer["headers"] == HEADERS


def test_a_body_at_the_limit_fits_lambda() -> None:
    answer = response.found(b"\0" * response.MAX_BODY_BYTES, HEADERS)
    assert len(json.dumps(answer)) <= MAX_RESPONSE_BYTES


def test_what_is_too_large_is_fetched_from_s3() -> None:
    answer = response.retry_at_s3("/150x/a%20b.jpg?v=1")
    assert answer["statusCode"] == 307
    assert answer["headers"]["location"] == "/150x/a%20b.jpg?v=1"
    assert answer["headers"]["cache-control"] == "no-store"


def test_a_plus_is_redirected_to_its_encoding() -> None:
    answer = response.use_encoded_plus("/150x/a+b+c.jpg")
    assert answer["headers"]["location"] == "/150x/a%2Bb%2Bc.jpg"


@pytest.mark.parametrize(
    ("answer", "status", "cache", "body"),
    [
        (response.not_found(), 404, "public, max-age=10", "not-found\n"),
        (response.rejected("corrupt"), 404, "public, max-age=60", "corrupt\n"),
        (response.unavailable(), 503, "no-store", "try-again\n"),
        (response.misconfigured(), 502, "no-store", "too-large\n"),
    ],
)
def test_refusals_say_why_and_for_how_long(
    answer: dict[str, object], status: int, cache: str, body: str
) -> None:
    headers = answer["headers"]
    assert isinstance(headers, dict)
    assert (answer["statusCode"], answer["body"]) == (status, body)
    assert headers["cache-control"] == cache
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert ("retry-after" in headers) == (status == 503)
