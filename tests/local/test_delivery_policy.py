"""Delivery while the bucket's policy does not let the distribution read."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from local.cloudwatch import metrics
from resize_on_upload_cdk.configuration.context import DEFAULT_STACK_NAME
from resize_on_upload_cdk.monitoring.alarms.delivery import MIN_REQUESTS, REFUSED_SHARE
from tests.support.templates import alarms
from tests.support.viewer import path, requests, results, view, view_until
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
