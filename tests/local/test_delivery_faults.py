"""Delivery while S3, the bucket's policy or the function fails."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.cloudwatch import metrics
from local.delivery.edge import Edge, find_nginx
from local.emulator.cloud_proxy import CloudProxy
from local.stack import TOOLS
from resize_on_upload_cdk.configuration.context import DEFAULT_STACK_NAME
from resize_on_upload_cdk.monitoring.alarms.delivery import MIN_REQUESTS, REFUSED_SHARE
from tests.support import images
from tests.support.deployed import put, resized
from tests.support.templates import alarms
from tests.support.viewer import (
    path,
    requests,
    results,
    view,
    view_at,
    view_until,
    wait_for_upload,
)
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from local.emulator.cloud_proxy import Call
    from local.stack import Stack


@contextmanager
def _broken_policy(stack: Stack) -> Iterator[None]:
    """The bucket's policy without the distribution, as somebody may leave it."""
    client, bucket = stack.s3(), stack.resized
    policy = client.get_bucket_policy(Bucket=bucket)["Policy"]
    document = json.loads(policy)
    before = len(document["Statement"])
    document["Statement"] = [
        one
        for one in document["Statement"]
        if one["Principal"] != {"Service": "cloudfront.amazonaws.com"}
    ]
    assert len(document["Statement"]) == before - 1
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    try:
        yield
    finally:
        client.put_bucket_policy(Bucket=bucket, Policy=policy)


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


def test_no_redirect_loop_when_the_policy_is_broken(
    delivery_stack: Stack, old: dict[str, str]
) -> None:
    """S3 has the image but does not send it, and Lambda cannot."""
    url = path("large", old["large"])
    assert view(delivery_stack, url).status == 200
    with _broken_policy(delivery_stack):
        last = view_until(
            delivery_stack, f"{url}?v=1", lambda one: one.status not in (200, 307)
        )
        assert (last.status, last.body) == (502, b"too-large\n")
        assert last.headers["cache-control"] == "no-store"
        assert "location" not in last.headers
    assert view(delivery_stack, f"{url}?v=1").status == 200
    assert results(delivery_stack, old["large"]).count("made") == 1


def test_the_alarm_rings_when_s3_refuses_the_distribution(
    delivery_stack: Stack, old: dict[str, str]
) -> None:
    """Viewers see nothing of it, as the function has the image; the alarm does."""
    key = old["150x"]
    healthy = view(delivery_stack, path("150x", key))
    assert results(delivery_stack, key) == []
    versions = count()

    def are_refused() -> bool:
        response = view(delivery_stack, f"{path('150x', key)}?v={next(versions)}")
        assert response.entity == healthy.entity
        found = results(delivery_stack, key)
        assert set(found) <= {"found", "refused"}
        return found.count("refused") >= MIN_REQUESTS

    with _broken_policy(delivery_stack):
        # A variant that is not a minute old yet is "found".
        wait_for(are_refused, lambda: "the variant stays new")
    assert _share(delivery_stack, requests(delivery_stack, key)[:1]) == 0
    refused = requests(delivery_stack, key)[-MIN_REQUESTS:]
    assert _share(delivery_stack, refused) == 1 > REFUSED_SHARE


def _share(stack: Stack, lines: Iterable[dict[str, Any]]) -> float:
    """The number that the alarm compares: CloudWatch's metric math on log lines.

    The local cloud does not support alarms on calculations.
    """
    file = stack.state / "cdk.out" / f"{DEFAULT_STACK_NAME}.template.json"
    alarm = alarms(json.loads(file.read_text()))["S3RefusesCloudFront"]
    sums = Counter[str]()
    for line in lines:
        for namespace, metric in metrics.metrics(line):
            assert namespace == "ResizeOnUpload"
            sums[metric["MetricName"]] += metric["Value"]
    numbers = {**sums, "IF": lambda test, yes, no: yes if test else no}
    expression = alarm["Metrics"][0]["Expression"]
    return float(eval(expression, {}, numbers))  # noqa: S307 - from this template
