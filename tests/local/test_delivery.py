"""Viewers get every configured size of every original at its URL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.support import images
from tests.support.deployed import put, resized
from tests.support.viewer import (
    HIT,
    MISS,
    path,
    requests,
    results,
    upload,
    view,
)

if TYPE_CHECKING:
    from local.stack import Stack

pytestmark = pytest.mark.usefixtures("old")  # test_delivery_policy.py needs it old


def test_first_view_equals_later_views(delivery_stack: Stack) -> None:
    """From the function, from the cache, from S3: the same bytes and entity headers."""
    key = f"{uuid4()}.jpg"
    put(
        delivery_stack,
        key,
        images.encoded("jpeg", 400, 300),
        ContentDisposition='inline; filename="a.jpg"',
        ContentLanguage="de",
        Metadata={"author": "Ada"},
    )
    url = path("300x", key)
    first, cached = view(delivery_stack, url), view(delivery_stack, url)
    from_s3 = view(delivery_stack, f"{url}?v=1")
    assert [one.status for one in (first, cached, from_s3)] == [200, 200, 200]
    assert [one.cache for one in (first, cached, from_s3)] == [MISS, HIT, MISS]
    assert first.entity == cached.entity == from_s3.entity
    assert first.headers["content-language"] == "de"
    seen = [one.headers["x-amz-meta-author"] for one in (first, cached, from_s3)]
    assert seen == ["Ada", "Ada", "Ada"]
    assert results(delivery_stack, key) == ["made"]


def test_made_on_request_equals_made_at_upload(delivery_stack: Stack) -> None:
    """The same bytes, the same ETag, and the object says the same about itself."""
    key = upload(delivery_stack, images.encoded("jpeg", 400, 300))
    s3, bucket = delivery_stack.s3(), delivery_stack.resized
    at_upload = s3.head_object(Bucket=bucket, Key=f"150x/{key}")
    response = view(delivery_stack, path("asked", key))
    on_request = s3.head_object(Bucket=bucket, Key=f"asked/{key}")
    assert response.body == resized(delivery_stack, key)["150x"][0]
    assert on_request["Metadata"].pop("prefix") == "asked"
    assert at_upload["Metadata"].pop("prefix") == "150x"
    for name in ("ETag", "ContentType", "CacheControl", "Metadata"):
        assert on_request[name] == at_upload[name]


@pytest.mark.parametrize("size", ["150x", "50x50", "asked"])
def test_expired_size_comes_back(delivery_stack: Stack, size: str) -> None:
    """However it was made at first.

    Its bytes may differ a little if it was made from a larger size, which is still
    there.
    """
    key = upload(delivery_stack, images.encoded("jpeg", 3_000, 2_000))
    before = view(delivery_stack, path(size, key))
    name = f"{size}/{key}"
    delivery_stack.s3().delete_object(Bucket=delivery_stack.resized, Key=name)
    after = view(delivery_stack, path(size, key) + "?v=2")
    assert (after.status, after.headers["content-type"]) == (200, "image/jpeg")
    assert resized(delivery_stack, key)[size][0] == after.body
    assert results(delivery_stack, key)[-1] == "made"
    if size == "50x50":
        assert images.difference(before.body, after.body, "jpeg") < 0.02
    else:
        assert after.headers["etag"] == before.headers["etag"]


def test_large_result_goes_by_redirect_once(delivery_stack: Stack) -> None:
    """Lambda cannot send it, but S3 has it then."""
    key = f"large/{uuid4()}.png"
    put(delivery_stack, key, images.noise(1_300))
    url = path("large", key) + "?v=1"
    first = view(delivery_stack, url)
    assert (first.status, first.headers["location"], first.body) == (307, url, b"")
    assert first.headers["cache-control"] == "no-store"
    second = view(delivery_stack, first.headers["location"])
    assert (second.status, second.headers["content-type"]) == (200, "image/png")
    assert len(second.body) > 4_500_000
    assert second.body == resized(delivery_stack, key)["large"][0]
    assert results(delivery_stack, key) == ["made"]


def test_head_makes_it_too(delivery_stack: Stack) -> None:
    """Otherwise its headers would not be those of the GET."""
    key = upload(delivery_stack, images.png(40, 30))
    head = view(delivery_stack, path("300x", key), "HEAD")
    got = view(delivery_stack, path("300x", key))
    assert (head.status, head.body) == (200, b"")
    assert head.entity[1] == got.entity[1]
    assert results(delivery_stack, key) == ["made"]


def test_a_preflight_request_makes_nothing(delivery_stack: Stack) -> None:
    key = upload(delivery_stack, images.png(40, 30))
    headers = {"Origin": "https://a.b", "Access-Control-Request-Method": "GET"}
    answer = view(delivery_stack, path("300x", key), "OPTIONS", headers)
    assert (answer.status, answer.body) == (204, b"")
    assert results(delivery_stack, key) == []


@pytest.mark.parametrize("size", ["150x", "300x"])
def test_conditional_range_head(delivery_stack: Stack, size: str) -> None:
    """From the cache, from S3, and from the function."""
    key = upload(delivery_stack, images.png(40, 30))
    url = path(size, key)
    whole = view(delivery_stack, url)
    for query in ("", "?v=1"):
        same = {"If-None-Match": whole.headers["etag"]}
        unchanged = view(delivery_stack, url + query, headers=same)
        assert (unchanged.status, unchanged.body) == (304, b"")
        assert unchanged.headers["etag"] == whole.headers["etag"]
        other = {"If-None-Match": '"other"'}
        assert view(delivery_stack, url + query, headers=other).entity == whole.entity
        part = view(delivery_stack, url + query, headers={"Range": "bytes=10-19"})
        assert (part.status, part.body) == (206, whole.body[10:20])
        beyond = {"Range": f"bytes={len(whole.body)}-"}
        assert view(delivery_stack, url + query, headers=beyond).status == 416
        head = view(delivery_stack, url + query, "HEAD")
        assert (head.status, head.entity[1]) == (200, whole.entity[1])


def test_a_manifest_comes_back(delivery_stack: Stack) -> None:
    """Like a size; an upload's is served as it is."""
    key = upload(delivery_stack, images.png(40, 30))
    url, name = f"/manifest/{key}.json", f"manifest/{key}.json"
    before = view(delivery_stack, url)
    assert before.headers["content-type"] == "application/json"
    delivery_stack.s3().delete_object(Bucket=delivery_stack.resized, Key=name)
    after = view(delivery_stack, f"{url}?v=1")
    assert (after.status, _facts(after.body)) == (200, _facts(before.body))
    assert requests(delivery_stack, key)[-1]["size"] == "manifest"


def _facts(manifest: bytes) -> dict[str, object]:
    """All but its few pixels, which may be made from a size or from the original."""
    document: dict[str, object] = json.loads(manifest)
    del document["placeholder"], document["color"], document["thumbhash"]
    return document
