"""Every alarm stands on a metric that really comes, under the name it really has."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.metrics import metrics, publish
from local.stack import running
from resize_on_upload.telemetry import ESSENTIAL, STEPS
from tests import pictures
from tests.local.test_upload import failed, line, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture(scope="module")
def busy() -> Iterator[Stack]:
    """A stack that has seen a good upload, a rejected one and a failure."""
    with running(context={"metrics": "all"}) as stack:
        put(stack, "good.png", pictures.png(20, 10))
        put(stack, "bad.png", b"hello")
        line(stack, "good.png")
        line(stack, "bad.png")
        mark = str(uuid4())
        stack.cloud.client("lambda").invoke(
            FunctionName=stack.outputs["FunctionName"],
            InvocationType="Event",
            Payload=json.dumps({"unknown": mark}),
        )
        failed(stack, mark)
        assert publish(stack)
        yield stack


def _alarms(stack: Stack) -> list[dict[str, Any]]:
    found = stack.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return list(found)


def _sum(stack: Stack, name: str, dimensions: list[dict[str, str]]) -> float:
    now = datetime.now(UTC)
    found = stack.cloud.client("cloudwatch").get_metric_statistics(
        Namespace="ResizeOnUpload",
        MetricName=name,
        Dimensions=dimensions,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=3_600,
        Statistics=["Sum"],
    )
    assert found["Datapoints"], f"no metric {name} by {dimensions}"
    return float(sum(point["Sum"] for point in found["Datapoints"]))


def test_the_function_s_own_metrics_reach_their_alarms(busy: Stack) -> None:
    """Read out of the log lines as CloudWatch reads them."""
    ours = [alarm for alarm in _alarms(busy) if alarm["Namespace"] == "ResizeOnUpload"]
    sums = {
        alarm["MetricName"]: _sum(busy, alarm["MetricName"], alarm["Dimensions"])
        for alarm in ours
    }
    assert sums["rejected"] == 1
    assert sums["memory_mb"] > 40
    assert len(sums) == 2


def test_the_runaway_guard_compares_what_comes(busy: Stack) -> None:
    """Its uploads are the function's own count, by the function's own name."""
    name = busy.outputs["FunctionName"]
    by_function = [{"Name": "function_name", "Value": name}]
    assert _sum(busy, "uploads", by_function) == 2
    assert _sum(busy, "sizes_written", by_function) == 3


def test_rejections_are_counted_by_reason(busy: Stack) -> None:
    name = busy.outputs["FunctionName"]
    by_reason = [
        {"Name": "function_name", "Value": name},
        {"Name": "reason", "Value": "unsupported-format"},
    ]
    assert _sum(busy, "rejected", by_reason) == 1


def test_aws_s_own_metrics_are_asked_for_by_what_is_deployed(busy: Stack) -> None:
    """SQS and Lambda make them on AWS, not here; the names must be right."""
    queue = busy.outputs["FailedQueueUrl"].rpartition("/")[2]
    expected = {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue),
        ("AWS/Lambda", "Errors", busy.outputs["FunctionName"]),
        ("AWS/Lambda", "Throttles", busy.outputs["FunctionName"]),
        ("AWS/Lambda", "Duration", busy.outputs["FunctionName"]),
    }
    found = {
        (alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"][0]["Value"])
        for alarm in _alarms(busy)
        if alarm["Namespace"].startswith("AWS/")
    }
    assert found == expected


def test_every_line_declares_only_numbers_that_it_has(busy: Stack) -> None:
    """The format's rules: known units, numbers at the root, at most 100 metrics."""
    lines = [
        json.loads(text) for text in busy.log().splitlines() if text.startswith("{")
    ]
    assert lines
    declared = set()
    for record in lines:
        for _, metric in metrics(record):
            assert type(metric["Value"]) in (int, float)
            assert metric["Unit"] in {"Count", "Bytes", "Milliseconds", "Megabytes"}
            declared.add(metric["MetricName"])
    assert declared >= ESSENTIAL.keys()
    assert declared <= (ESSENTIAL | STEPS).keys()
