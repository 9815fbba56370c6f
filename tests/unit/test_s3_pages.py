"""Listings that are not what S3 sends: an error each, in bounded time and memory."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.s3.pages import (
    OBJECTS,
    VERSIONS,
    UnreadablePageError,
    error_of,
    parse,
)

ENTRY = (
    "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>&quot;1&quot;</ETag>"
    "<LastModified>{time}</LastModified></Contents>"
)
TIME = "2026-01-01T00:00:00.000Z"
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 99}">' for a, b in pairwise("abcdefgh"))
    + "]><ListBucketResult><Prefix>&h;</Prefix></ListBucketResult>"
)


LAST = "<IsTruncated>false</IsTruncated>"


def _listing(*parts: str) -> bytes:
    return f"<ListBucketResult>{''.join(parts)}</ListBucketResult>".encode()


def _entry(key: str = "a", size: str = "1", modified: str = TIME) -> str:
    return ENTRY.format(key=key, size=size, time=modified)


WHOLE = _listing(LAST, _entry(), _entry("b"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not XML",
        b"<html><body>captive portal</body></html>",
        b"<Error><Code>InternalError</Code></Error>",
        b"<ListVersionsResult></ListVersionsResult>",
        b"<ListBucketResult/>",
        _listing(_entry()),  # without a word on whether it is the last one
        LAUGHS.encode(),
        b"\xff\xfe<\x00",
        _listing(LAST, _entry(size="many")),
        _listing(LAST, _entry(size="9" * 5_000)),
        _listing(LAST, _entry(modified="yesterday")),
        _listing(LAST, _entry(modified="9" * 500)),
        _listing(LAST, "<Contents><Size>1</Size></Contents>"),
        _listing(LAST, "<Contents/>"),
        _listing(LAST, "<CommonPrefixes/>"),
        _listing("<IsTruncated>true</IsTruncated>"),
        b"<ListBucketResult>" * 100_000,
        *(WHOLE[:end] for end in range(1, len(WHOLE), 7)),
    ],
    ids=lambda body: repr(body[:40]),
)
def test_it_is_an_error(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(UnreadablePageError, match="the listing of photos"):
        parse(body, OBJECTS, "photos")
    assert time.process_time() - began < 1


@given(st.binary(max_size=200))
def test_any_other_bytes_are_an_error(body: bytes) -> None:
    for kind in (OBJECTS, VERSIONS):
        with pytest.raises(UnreadablePageError):
            parse(body, kind, "photos")
    assert error_of(body) == {}


def test_keys_are_decoded_only_if_they_are_encoded() -> None:
    """Some servers ignore the request to encode them."""
    plain = parse(_listing(LAST, _entry("a+b%20c")), OBJECTS, "photos")
    assert plain.entries[0]["Key"] == "a+b%20c"
    encoding = "<EncodingType>url</EncodingType>"
    encoded = parse(_listing(LAST, encoding, _entry("a+b%20%01c")), OBJECTS, "photos")
    assert encoded.entries[0]["Key"] == "a b \x01c"


def test_a_page_says_where_the_next_begins() -> None:
    body = (
        b"<ListVersionsResult><EncodingType>url</EncodingType>"
        b"<IsTruncated>true</IsTruncated><NextKeyMarker>a+b</NextKeyMarker>"
        b"<NextVersionIdMarker>v+1</NextVersionIdMarker></ListVersionsResult>"
    )
    following = parse(body, VERSIONS, "photos").following
    assert following == {"key-marker": "a b", "version-id-marker": "v+1"}


def test_what_is_not_an_error_has_no_code() -> None:
    assert error_of(b"<html>") == error_of(LAUGHS.encode()) == {}
    assert error_of(b"<Error><Code>SlowDown</Code></Error>") == {"Code": "SlowDown"}
