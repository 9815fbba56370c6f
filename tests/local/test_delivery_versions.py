"""URLs with the version of a variant: seen at once, and kept for a year."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.support import images
from tests.support.deployed import put
from tests.support.viewer import HIT, MISS, path, results, view, wait_for_upload

if TYPE_CHECKING:
    from local.stack import Stack
    from tests.support.viewer import Response

FOR_A_YEAR = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600, stale-while-revalidate=60, stale-if-error=86400"

RED, WIDE = images.png(20, 20), images.png(40, 20)


def _urls(stack: Stack, key: str) -> dict[str, str]:
    """Name of a size → its URL in the manifest."""
    found = stack.s3().get_object(Bucket=stack.resized, Key=f"manifest/{key}.json")
    manifest = json.loads(found["Body"].read())
    urls = {one["name"]: f"/{one['url']}" for one in manifest["variants"]}
    assert all(f"{url[1:]} " in manifest["srcset"] for url in _whole(urls))
    return urls


def _whole(urls: dict[str, str]) -> list[str]:
    """One of each width."""
    return [urls["asked"], urls["300x"]]


def _is_wide(response: Response) -> bool:
    assert response.status == 200
    return response.body[16:20] != response.body[20:24]


def _upload(stack: Stack, body: bytes) -> str:
    key = f"{uuid4()} +ü.png"
    put(stack, key, body)
    wait_for_upload(stack, key)
    return key


@pytest.mark.parametrize("size", ["150x", "asked"])
def test_a_replaced_original_is_seen_at_once_under_its_new_version(
    fresh_stack: Stack, size: str
) -> None:
    key = _upload(fresh_stack, RED)
    before = _urls(fresh_stack, key)[size]
    for cache in (MISS, HIT):
        response = view(fresh_stack, before)
        assert response.cache == cache
        assert not _is_wide(response)
        assert response.headers["cache-control"] == FOR_A_YEAR
    assert not _is_wide(view(fresh_stack, path(size, key)))
    put(fresh_stack, key, WIDE)
    wait_for_upload(fresh_stack, key, 2)
    after = _urls(fresh_stack, key)[size]
    assert after != before
    response = view(fresh_stack, after)
    assert _is_wide(response)
    assert response.headers["cache-control"] == FOR_A_YEAR


@pytest.mark.parametrize("size", ["150x", "asked"])
def test_another_version_is_not_kept(fresh_stack: Stack, size: str) -> None:
    """Whoever requests a new version too early has the old image for its hour only."""
    key = _upload(fresh_stack, RED)
    for version in ("00000000", "1", "deadbeef"):
        for cache in (MISS, HIT):
            response = view(fresh_stack, f"{path(size, key)}?v={version}")
            assert response.cache == cache
            assert response.headers["cache-control"] == AN_HOUR


def test_what_cannot_be_a_version_fills_no_cache(fresh_stack: Stack) -> None:
    key = _upload(fresh_stack, RED)
    url = path("asked", key)
    assert view(fresh_stack, url).cache == MISS
    flood = ["v=", "v", "v=ABCDEF01", "v=123456789", "v=1&v=2", "v=%31", "v=a%00"]
    flood += ["V=1", "w=1&v=x", "v=0x1", f"v={'a' * 2_000}", "__proto__=1", "&&=&"]
    for query in flood:
        response = view(fresh_stack, f"{url}?{query}")
        assert (response.cache, query) == (HIT, query)
        assert response.headers["cache-control"] == AN_HOUR
    assert results(fresh_stack, key) == ["made"]


def test_a_version_counts_with_other_parameters_around_it(fresh_stack: Stack) -> None:
    key = _upload(fresh_stack, RED)
    url = _urls(fresh_stack, key)["asked"]
    assert view(fresh_stack, url).cache == MISS
    response = view(fresh_stack, url.replace("?", "?utm=1&") + "&w=2")
    assert response.cache == HIT
    assert response.headers["cache-control"] == FOR_A_YEAR


def test_no_header_shows_the_version(fresh_stack: Stack) -> None:
    """Not even that there is one: it is for the edge function."""
    key = _upload(fresh_stack, RED)
    for url in (path("asked", key), _urls(fresh_stack, key)["150x"]):
        for _ in range(2):
            response = view(fresh_stack, url)
            assert not [name for name in response.headers if "meta" in name]


def test_an_error_is_not_kept(fresh_stack: Stack) -> None:
    response = view(fresh_stack, f"{path('asked', str(uuid4()))}?v=00000000")
    assert response.status == 404
    assert response.headers["cache-control"] == "public, max-age=10"
