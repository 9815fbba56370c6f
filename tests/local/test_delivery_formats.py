"""The format that a viewer gets, by its Accept header or by the sibling's own path."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.support import images
from tests.support.deployed import put
from tests.support.edge_accepts import ACCEPTS, CHROME, SAFARI
from tests.support.viewer import HIT, path, results, view, wait_for_upload

if TYPE_CHECKING:
    from local.stack import Stack

BOX = (0, 0, 64, 48)
ORIGINALS = {
    "photo": images.noise(120),
    "transparent": images.png(120, 90, alpha=True),
    "moving": images.gif((64, 48), (BOX, 0), (BOX, 0)),
    "one pixel": images.encoded("gif", 1, 1),
    "webp": images.encoded("webp", 120, 90),
}


def _upload(stack: Stack, body: bytes) -> str:
    key = f"formats/{uuid4()}"
    put(stack, key, body)
    wait_for_upload(stack, key)
    return key


def _type(stack: Stack, url: str, accept: str | None) -> str:
    headers = {} if accept is None else {"Accept": accept}
    response = view(stack, url, headers=headers)
    assert response.status == 200
    assert response.headers["vary"] == "Accept"
    return response.headers["content-type"].removeprefix("image/")


@pytest.fixture(scope="module")
def photo(delivery_stack: Stack) -> str:
    return _upload(delivery_stack, ORIGINALS["photo"])


@pytest.mark.parametrize("accept", ACCEPTS, ids=lambda accept: accept[:30])
def test_a_viewer_gets_the_format_it_prefers(
    delivery_stack: Stack, photo: str, accept: str
) -> None:
    """In njs, as the unit tests in Node: missing, refused, garbage, too long."""
    found = _type(delivery_stack, path("modern", photo), accept)
    assert found == (ACCEPTS[accept] or "png")


def test_without_a_header_it_is_the_fallback(delivery_stack: Stack, photo: str) -> None:
    assert _type(delivery_stack, path("modern", photo), None) == "png"


def test_a_sibling_has_a_path_of_its_own(delivery_stack: Stack, photo: str) -> None:
    for fmt in ("avif", "webp"):
        url = path(f"modern.{fmt}", photo)
        assert {_type(delivery_stack, url, a) for a in (None, "*/*", CHROME)} == {fmt}


def test_the_path_is_the_cache_key(delivery_stack: Stack, photo: str) -> None:
    """Two viewers with other headers share what both accept best."""
    url = f"{path('modern', photo)}?v=1"
    first = view(delivery_stack, url, headers={"Accept": CHROME})
    second = view(delivery_stack, url, headers={"Accept": SAFARI})
    assert second.cache == HIT
    assert second.entity == first.entity
    own = view(delivery_stack, f"{path('modern.avif', photo)}?v=1")
    assert (own.cache, own.entity) == (HIT, first.entity)
    other = view(delivery_stack, url, headers={"Accept": "image/webp"})
    assert other.headers["content-type"] == "image/webp"
    again = view(delivery_stack, f"{path('modern', photo)}?v=2")
    assert again.cache != HIT


@pytest.mark.parametrize("original", ORIGINALS)
def test_first_view_of_a_sibling_equals_later_views(
    delivery_stack: Stack, original: str
) -> None:
    """Also of one that holds its fallback: S3 has an object, so it is made once."""
    key = _upload(delivery_stack, ORIGINALS[original])
    for fmt in ("avif", "webp"):
        headers = {"Accept": f"image/{fmt}"}
        url = path("later", key)
        first = view(delivery_stack, f"{url}?v={fmt}", headers=headers)
        later = view(delivery_stack, f"{url}?v={fmt}-2", headers=headers)
        assert first.status == 200
        assert later.entity == first.entity
        fallback = view(delivery_stack, url)
        kind = first.headers["content-type"]
        if kind == f"image/{fmt}" != fallback.headers["content-type"]:
            assert len(first.body) < len(fallback.body)
        else:
            assert first.body == fallback.body
            assert kind == fallback.headers["content-type"]
    assert results(delivery_stack, key) == ["made"] * 3


def test_a_missing_original_is_not_found_in_any_format(delivery_stack: Stack) -> None:
    url = path("modern", f"formats/{uuid4()}")
    for accept in (CHROME, "*/*"):
        response = view(delivery_stack, url, headers={"Accept": accept})
        assert (response.status, response.body) == (404, b"not-found\n")


def test_a_page_without_pictures_is_not_varied(delivery_stack: Stack) -> None:
    """A path that the edge refuses is the same for every viewer."""
    for accept in (CHROME, "*/*"):
        response = view(delivery_stack, "/151x/a.jpg", headers={"Accept": accept})
        assert response.status == 404


def test_a_head_request_is_negotiated_too(delivery_stack: Stack, photo: str) -> None:
    response = view(delivery_stack, path("modern", photo), "HEAD", {"Accept": CHROME})
    assert response.headers["content-type"] == "image/avif"
