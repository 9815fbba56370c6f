"""Delivery while S3 or the function fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from local.delivery.edge import Edge, find_nginx
from local.emulator.cloud_proxy import CloudProxy
from local.stack import TOOLS
from tests.support import images
from tests.support.deployed import put, resized
from tests.support.viewer import (
    path,
    requests,
    results,
    view,
    view_at,
    wait_for_upload,
)

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.cloud_proxy import Call
    from local.stack import Stack


def test_a_missing_original_costs_two_calls(
    delivery_stack: Stack, on_request_s3: CloudProxy
) -> None:
    """Both small; so a flood of unknown keys is cheap."""
    key = f"{uuid4()}.png"
    assert view(delivery_stack, path("300x", key)).status == 404
    calls = [
        (call.method, call.path) for call in on_request_s3.calls if key in call.path
    ]
    assert sorted(calls) == [
        ("HEAD", f"/{delivery_stack.original}/{key}"),
        ("HEAD", f"/{delivery_stack.resized}/300x/{key}"),
    ]


def test_an_unknown_size_costs_no_call(
    delivery_stack: Stack, on_request_s3: CloudProxy, photo: str
) -> None:
    """The function has the same list as the edge, and needs no edge to refuse."""
    before = len(on_request_s3.calls)
    for target in (f"/151x/{photo}", "/300x/", f"/{photo}", "/300x/%ff.png", "/"):
        answer = delivery_stack.cloud.client("lambda").invoke(
            FunctionName=delivery_stack.outputs["OnRequestFunctionName"],
            Payload=json.dumps({"rawPath": target, "rawQueryString": ""}),
        )
        response = json.loads(answer["Payload"].read())
        assert (response["statusCode"], response["body"]) == (404, "not-found\n")
    assert len(on_request_s3.calls) == before


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT"])
def test_throttling_is_a_503_and_soon_over(
    delivery_stack: Stack, on_request_s3: CloudProxy, photo: str, method: str
) -> None:
    """Whatever S3 refuses: reading, looking or writing."""
    url = path("300x", photo)

    def is_slow(call: Call) -> bool:
        return call.method == method and photo in call.path

    with on_request_s3.failing(is_slow):
        response = view(delivery_stack, url)
        assert (response.status, response.body) == (503, b"try-again\n")
        assert response.headers["retry-after"] == "1"
        assert response.headers["cache-control"] == "no-store"
    assert view(delivery_stack, url).status == 200
    failed, made = requests(delivery_stack, photo)
    assert (failed["event"], failed["reason"]) == ("request.failed", "s3-unavailable")
    assert made["event"] == "request.made"


def test_a_failure_after_the_write_is_handed_over(
    delivery_stack: Stack, on_request_s3: CloudProxy, photo: str
) -> None:
    """The function could not see whether the original changed: the resizer will."""
    seen: list[Call] = []

    def is_recheck(call: Call) -> bool:
        if photo in call.path:
            seen.append(call)
        return call.method == "HEAD" and "PUT" in {one.method for one in seen}

    with on_request_s3.failing(is_recheck):
        assert view(delivery_stack, path("300x", photo)).status == 503
    assert wait_for_upload(delivery_stack, photo, 2)["reason"] == "up-to-date"
    assert "300x" in resized(delivery_stack, photo)


def test_s3_overloaded_serves_stale_copies(
    delivery_stack: Stack, tmp_path: Path
) -> None:
    """The function is not asked: it would only call S3 more."""
    nginx, key = find_nginx(TOOLS), f"{uuid4()}.png"
    assert nginx
    cache_control = "public, max-age=1, stale-if-error=86400"
    put(delivery_stack, key, images.png(40, 30), CacheControl=cache_control)
    wait_for_upload(delivery_stack, key)
    url = path("150x", key)
    with (
        CloudProxy(delivery_stack.cloud) as proxy,
        Edge(nginx, proxy.cloud, tmp_path) as edge,
    ):
        edge.serve(delivery_stack.outputs)
        first = view_at(edge, url)
        assert first.headers["cache-control"] == cache_control
        calls = len(proxy.calls)
        with proxy.failing(lambda call: call.host.endswith(".cloudfront.net")):
            while len(proxy.calls) < calls + 3:
                assert view_at(edge, url).entity == first.entity
            assert view_at(edge, f"{url}?v=1").status == 503
        assert view_at(edge, f"{url}?v=1").entity == first.entity
    assert results(delivery_stack, key) == []
