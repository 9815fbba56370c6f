"""Many viewers at once, and viewers next to uploads."""

from __future__ import annotations

import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local.emulator.disturbances import kill_environment
from tests.support import images
from tests.support.deployed import put, resized
from tests.support.viewer import path, results, upload, view
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from local.emulator.cloud_proxy import CloudProxy
    from local.stack import Stack
    from tests.support.viewer import Response

VIEWERS = 50


@pytest.mark.parametrize("query", ["", "?v={}"], ids=["collapsed", "not collapsed"])
def test_a_herd_makes_it_once(delivery_stack: Stack, photo: str, query: str) -> None:
    """CloudFront collapses requests with one cache key; S3's conditions do the rest."""
    urls = [path("300x", photo) + query.format(number) for number in range(VIEWERS)]
    with ThreadPoolExecutor(VIEWERS) as viewers:
        seen = list(viewers.map(lambda url: view(delivery_stack, url), urls))
    assert {one.status for one in seen} == {200}
    assert len({str(one.entity) for one in seen}) == 1
    assert results(delivery_stack, photo).count("made") == 1
    if not query:
        assert results(delivery_stack, photo) == ["made"]


def test_two_that_make_it_write_it_once(
    delivery_stack: Stack, on_request_s3: CloudProxy, photo: str
) -> None:
    """Both are at work before either writes: the second takes what the first wrote."""
    urls = [f"{path('300x', photo)}?v={number}" for number in range(2)]
    with ThreadPoolExecutor(2) as viewers:
        with on_request_s3.holding(
            lambda call: call.method == "PUT" and photo in call.path
        ):
            views = [viewers.submit(view, delivery_stack, url) for url in urls]
            on_request_s3.wait_for_held(2)
        first, second = (one.result() for one in views)
    assert (first.status, first.entity) == (200, second.entity)
    assert sorted(results(delivery_stack, photo)) == ["found", "made"]


def test_views_and_uploads_do_not_share_concurrency(
    delivery_stack: Stack, on_request_s3: CloudProxy, photo: str
) -> None:
    """However many viewers wait, an upload is resized."""
    urls = [f"{path('300x', photo)}?v={number}" for number in range(10)]
    with ThreadPoolExecutor(len(urls)) as viewers:
        with on_request_s3.holding(lambda call: photo in call.path):
            views = [viewers.submit(view, delivery_stack, url) for url in urls]
            on_request_s3.wait_for_held(2)  # as many as the function may have at once
            other = upload(delivery_stack, images.png(40, 30))
            assert "150x" in resized(delivery_stack, other)
            assert not any(one.done() for one in views)
        assert {one.result().status for one in views} == {200}


def test_a_killed_invocation_is_not_remembered(
    delivery_stack: Stack, on_request_s3: CloudProxy, photo: str
) -> None:
    """Lambda's own 502 is for one viewer; the next one gets the image."""
    url = path("300x", photo)
    with ThreadPoolExecutor(1) as viewers:
        with on_request_s3.holding(
            lambda call: call.method == "PUT" and photo in call.path
        ):
            first = viewers.submit(view, delivery_stack, url)
            on_request_s3.wait_for_held(1)
            while kill_environment(delivery_stack.lambda_pool):
                pass
        assert first.result().status == 502
    assert view(delivery_stack, url).status == 200


def test_exhausted_concurrency_is_not_remembered(
    delivery_stack: Stack, photo: str
) -> None:
    """Lambda answers 429 in the function's place."""
    function = {"FunctionName": delivery_stack.outputs["OnRequestFunctionName"]}
    client = delivery_stack.cloud.client("lambda")
    url = path("300x", photo)
    client.put_function_concurrency(**function, ReservedConcurrentExecutions=0)
    try:
        assert view(delivery_stack, url).status == 429
    finally:
        client.delete_function_concurrency(**function)
    assert view(delivery_stack, url).status == 200


SIZES = ("150x", "50x50", "asked", "300x")
HEIGHTS = range(20, 60, 4)
"""Of uploads that are 40 wide: the height of a variant shows which one it is of."""


def _shown(response: Response) -> int:
    """The height of the upload that a response shows."""
    assert response.status == 200, response
    width, height = struct.unpack(">II", response.body[16:24])
    return min(HEIGHTS, key=lambda one: abs(one - 40 * height / width))


def _is_settled(stack: Stack, key: str) -> bool:
    """Whether everything is of the newest upload, and nobody is at work any more."""
    s3 = stack.s3()
    newest = s3.head_object(Bucket=stack.original, Key=key)["VersionId"]
    try:
        sources = {
            s3.head_object(Bucket=stack.resized, Key=f"{size}/{key}")["Metadata"][
                "source"
            ]
            for size in resized(stack, key)
        }
    except ClientError:  # deleted since it was listed
        return False
    is_current = sources == {newest}
    return is_current and stack.lambda_pool.activity.idle_seconds() > 1


def test_viewers_and_uploads_race(delivery_stack: Stack) -> None:
    """Every view shows an upload; in the end nothing is left of an older one."""
    key, over = f"{uuid4()}.png", threading.Event()
    put(delivery_stack, key, images.png(40, HEIGHTS[0]))

    def look(size: str) -> list[int]:
        seen: list[int] = []
        while not over.is_set():
            response = view(delivery_stack, f"{path(size, key)}?v={len(seen)}")
            seen.append(_shown(response))
        return seen

    with ThreadPoolExecutor(len(SIZES)) as viewers:
        looking = [viewers.submit(look, size) for size in SIZES]
        try:
            for number, height in enumerate(HEIGHTS[1:]):
                put(delivery_stack, key, images.png(40, height))
                # Now and then, the resizer has the time to finish.
                if number % 3 == 0:
                    upload(delivery_stack, images.png(40, 30))
        finally:
            over.set()
        seen = [one.result() for one in looking]
    assert all(seen)
    wait_for(
        lambda: _is_settled(delivery_stack, key),
        lambda: f"stale: {resized(delivery_stack, key).keys()}",
    )
    for size in SIZES:
        last = view(delivery_stack, f"{path(size, key)}?v=last")
        assert _shown(last) == HEIGHTS[-1]
