"""How soon viewers see that an original was uploaded, replaced or deleted."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from resize_on_upload.delivery.response import NOT_FOUND_SECONDS, REJECTED_SECONDS
from resize_on_upload.events.envelopes import reconcile_event
from tests.support import images
from tests.support.deployed import put, resized
from tests.support.viewer import (
    HIT,
    path,
    requests,
    results,
    view,
    view_until,
    wait_for_upload,
)

if TYPE_CHECKING:
    from local.stack import Stack
    from tests.support.viewer import Response

SIZES = ["150x", "asked"]
"""One that is made at upload, one that is made on request."""

RED, WIDE = images.png(20, 20), images.png(40, 20)


def _is_square(response: Response) -> bool:
    return response.status == 200 and response.body[16:20] == response.body[20:24]


def _is_wide(response: Response) -> bool:
    return response.status == 200 and not _is_square(response)


def test_negative_cache_ends(delivery_stack: Stack) -> None:
    """A missing original is asked for again, but not for each viewer."""
    key = f"{uuid4()}.png"
    start = time.monotonic()
    for _ in range(20):
        response = view(delivery_stack, path("300x", key))
        assert response.status == 404
        assert response.headers["cache-control"] == "public, max-age=10"
    periods = (time.monotonic() - start) // NOT_FOUND_SECONDS
    assert 1 <= len(results(delivery_stack, key)) <= 1 + periods
    asked = len(results(delivery_stack, key))
    view_until(
        delivery_stack,
        path("300x", key),
        lambda _: len(results(delivery_stack, key)) > asked,
    )
    assert set(results(delivery_stack, key)) == {"missing"}


def test_upload_right_after_a_404(delivery_stack: Stack) -> None:
    """Who looked too early waits for ten seconds at most."""
    key = f"{uuid4()}.png"
    urls = [path(size, key) for size in SIZES]
    assert [view(delivery_stack, url).status for url in urls] == [404, 404]
    put(delivery_stack, key, RED)
    for url in urls:
        view_until(delivery_stack, url, _is_square)
        assert view(delivery_stack, f"{url}?v=1").status == 200


@pytest.mark.parametrize("size", SIZES)
def test_a_view_before_the_resizer_s_is_no_404(
    delivery_stack: Stack, size: str
) -> None:
    """The URL works as soon as the upload does."""
    key = f"{uuid4()}.png"
    put(delivery_stack, key, RED)
    assert _is_square(view(delivery_stack, path(size, key)))


@pytest.mark.parametrize("size", SIZES)
def test_replaced_original_is_seen(delivery_stack: Stack, size: str) -> None:
    key = f"{uuid4()}.png"
    url = path(size, key)
    put(delivery_stack, key, RED)
    first = view_until(delivery_stack, url, _is_square)
    put(delivery_stack, key, WIDE)
    second = view_until(delivery_stack, url, _is_wide)
    assert second.headers["etag"] != first.headers["etag"]
    # It stays seen, and no old copy comes from S3.
    assert _is_wide(view(delivery_stack, url))
    assert _is_wide(view(delivery_stack, f"{url}?v=1"))


@pytest.mark.parametrize("size", SIZES)
def test_deleted_original_is_gone_after_its_freshness(
    delivery_stack: Stack, size: str
) -> None:
    """stale-if-error is for errors of S3; a deleted image is not an error."""
    key = f"{uuid4()}.png"
    url = path(size, key)
    put(delivery_stack, key, RED)
    view_until(delivery_stack, url, _is_square)
    delivery_stack.s3().delete_object(Bucket=delivery_stack.original, Key=key)
    gone = view_until(delivery_stack, url, lambda one: one.status == 404)
    assert gone.body == b"not-found\n"
    assert view(delivery_stack, url).status == 404
    assert view(delivery_stack, f"{url}?v=1").status == 404
    assert resized(delivery_stack, key) == {}


@pytest.mark.parametrize("size", SIZES)
def test_a_stale_copy_is_checked_with_the_function(
    delivery_stack: Stack, size: str
) -> None:
    """S3's copy has expired meanwhile: it is made again, and found unchanged."""
    key = f"{uuid4()}.png"
    put(delivery_stack, key, RED)
    wait_for_upload(delivery_stack, key)
    url = path(size, key)
    first = view(delivery_stack, url)
    made = len(results(delivery_stack, key))
    name = f"{size}/{key}"
    delivery_stack.s3().delete_object(Bucket=delivery_stack.resized, Key=name)
    view_until(delivery_stack, url, lambda _: len(results(delivery_stack, key)) > made)
    (*_, line) = requests(delivery_stack, key)
    assert (line["event"], line["status"]) == ("request.made", 304)
    later = view(delivery_stack, url)
    assert (later.body, later.headers["etag"]) == (first.body, first.headers["etag"])


def test_no_image_is_decoded_once_a_minute(delivery_stack: Stack) -> None:
    """Every size of it is 404, with the reason's code."""
    key = f"{uuid4()}.png"
    put(delivery_stack, key, b"Dear all,")
    wait_for_upload(delivery_stack, key)
    start = time.monotonic()
    for _ in range(20):
        response = view(delivery_stack, path("300x", key))
        assert (response.status, response.body) == (404, b"unsupported-format\n")
        assert response.headers["cache-control"] == "public, max-age=60"
    periods = (time.monotonic() - start) // REJECTED_SECONDS
    assert 1 <= results(delivery_stack, key).count("rejected") <= 1 + periods
    assert response.cache == HIT
    assert resized(delivery_stack, key) == {}


def test_an_upload_deletes_stale_sizes_and_keeps_current_ones(
    delivery_stack: Stack,
) -> None:
    """Of the sizes that are made on request; nobody asked for new ones yet."""
    key = f"{uuid4()}.png"
    put(delivery_stack, key, RED)
    wait_for_upload(delivery_stack, key)
    assert set(resized(delivery_stack, key)) == {"150x", "50x50"}
    view(delivery_stack, path("asked", key))
    before = delivery_stack.s3().head_object(
        Bucket=delivery_stack.resized, Key=f"asked/{key}"
    )
    put(delivery_stack, key, WIDE)
    wait_for_upload(delivery_stack, key, 2)
    assert set(resized(delivery_stack, key)) == {"150x", "50x50"}
    view(delivery_stack, f"{path('300x', key)}?v=1")
    _reconcile(delivery_stack, key)
    wait_for_upload(delivery_stack, key, 3)
    assert set(resized(delivery_stack, key)) == {"150x", "50x50", "300x"}
    delivery_stack.s3().delete_object(Bucket=delivery_stack.original, Key=key)
    wait_for_upload(delivery_stack, key, 4)
    assert resized(delivery_stack, key) == {}
    assert before["Metadata"]["source"]


def _reconcile(stack: Stack, key: str) -> None:
    """Send the event that the on-request function sends, too."""
    stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"],
        Payload=json.dumps(reconcile_event(stack.original, key)),
    )
