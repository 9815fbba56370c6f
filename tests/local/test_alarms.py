"""Every alarm stands on a metric that really comes, under the name it really has."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.emf import metrics, publish, publish_failures
from local.stack import running
from resize_on_upload.outputs.telemetry import ESSENTIAL_METRICS, STEP_METRICS
from stacks.configuration.context import DEFAULT_STACK_NAME
from stacks.monitoring.alarms import (
    FAILED_INVOCATIONS,
    INVOCATIONS_PER_UPLOAD,
    NEAR_LIMIT,
    UNEXPLAINED_INVOCATIONS,
)
from tests.support import images
from tests.support.deployed import failed_message, log_line, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture(scope="module")
def busy() -> Iterator[Stack]:
    """A stack that has seen a good upload, a rejected one and a failure."""
    with running(context={"metrics": "all"}) as stack:
        put(stack, "good.png", images.png(20, 10))
        put(stack, "bad.png", b"hello")
        log_line(stack, "good.png")
        log_line(stack, "bad.png")
        mark = str(uuid4())
        stack.cloud.client("lambda").invoke(
            FunctionName=stack.outputs["FunctionName"],
            InvocationType="Event",
            Payload=json.dumps({"unknown": mark}),
        )
        failed_message(stack, mark)
        assert publish(stack, stack.log())
        yield stack


def _alarms(stack: Stack) -> list[dict[str, Any]]:
    found = stack.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return list(found)


def _sum(
    stack: Stack,
    name: str,
    dimensions: list[dict[str, str]],
    namespace: str = "ResizeOnUpload",
) -> float:
    now = datetime.now(UTC)
    found = stack.cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
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


@pytest.mark.parametrize("invocations", [100, UNEXPLAINED_INVOCATIONS + 100])
def test_the_runaway_guard_rings_where_uploads_do_not_explain_it(
    invocations: int,
) -> None:
    """The local cloud cannot calculate: done here, on what its CloudWatch has."""
    with running() as stack:
        put(stack, "good.png", images.png(20, 10))
        log_line(stack, "good.png")
        publish(stack, stack.log())
        invoke = partial(
            stack.cloud.client("lambda").invoke,
            FunctionName=stack.outputs["FunctionName"],
            Payload=b'{"Records": []}',
        )
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: invoke(), range(invocations)))
        (alarm,) = _on_calculations(stack)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        value = _calculated(stack, alarm["Metrics"])
        # One upload; its own invocation the local cloud does not count.
        assert value == invocations - INVOCATIONS_PER_UPLOAD
        assert (value >= alarm["Threshold"]) == (invocations > UNEXPLAINED_INVOCATIONS)


def _on_calculations(stack: Stack) -> list[dict[str, Any]]:
    """The template's alarms that the local cloud does not take."""
    file = stack.state / "cdk.out" / f"{DEFAULT_STACK_NAME}.template.json"
    resources = json.loads(file.read_text())["Resources"].values()
    alarms = (one for one in resources if one["Type"] == "AWS::CloudWatch::Alarm")
    return [one["Properties"] for one in alarms if "Metrics" in one["Properties"]]


def _calculated(stack: Stack, queries: list[dict[str, Any]]) -> float:
    """CloudWatch's metric math, of hours that all have data."""
    (expression,) = (one["Expression"] for one in queries if "Expression" in one)
    sums: dict[str, Any] = {}
    for query in (one for one in queries if "MetricStat" in one):
        metric = query["MetricStat"]["Metric"]
        (dimension,) = metric["Dimensions"]  # a reference to the function
        named = dimension | {"Value": stack.outputs["FunctionName"]}
        assert query["MetricStat"]["Stat"] == "Sum"
        name, namespace = metric["MetricName"], metric["Namespace"]
        sums[query["Id"]] = _sum(stack, name, [named], namespace)
    sums["FILL"] = lambda series, _: series
    return float(eval(expression, {}, sums))  # noqa: S307 - our own template's


def test_rejections_are_counted_by_reason(busy: Stack) -> None:
    name = busy.outputs["FunctionName"]
    by_reason = [
        {"Name": "function_name", "Value": name},
        {"Name": "reason", "Value": "unsupported-format"},
    ]
    assert _sum(busy, "rejected", by_reason) == 1


def test_aws_s_own_metrics_are_asked_for_by_what_is_deployed(busy: Stack) -> None:
    """Alarms on a name that nobody has would never ring."""
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


RINGS = ("Errors", "ManyRejected", "NearMemoryLimit", "NearTimeout", "Throttles")
MEMORY, TIMEOUT = 512, 10
_SHORT = rf"^{DEFAULT_STACK_NAME}-(\w+)$"


@pytest.fixture(scope="module")
def troubled() -> Iterator[tuple[Stack, str]]:
    """A stack to which everything happens that an alarm is for; who hears of it."""
    context = {"memorySize": str(MEMORY), "timeout": str(TIMEOUT)}
    with running(context=context) as stack:
        listener = _listener(stack)
        function = {"FunctionName": stack.outputs["FunctionName"]}
        client = stack.cloud.client("lambda")
        put(stack, "too-much.png", images.heavy(3_700, 20_000_000))  # 130 MB
        put(stack, "letter.png", b"Dear all,")
        log_line(stack, "too-much.png")
        log_line(stack, "letter.png")
        for _ in range(2):
            client.invoke(**function, InvocationType="Event", Payload=b"{}")
        for _ in range(FAILED_INVOCATIONS):  # the local cloud counts direct ones alone
            client.invoke(**function, Payload=b"{}")
        with ThreadPoolExecutor() as pool, stack.environments.paused():
            pool.submit(client.invoke, **function, Payload=b'{"Records": []}')
            time.sleep(NEAR_LIMIT * TIMEOUT + 0.5)
        client.put_function_concurrency(**function, ReservedConcurrentExecutions=0)
        with pytest.raises(client.exceptions.TooManyRequestsException):
            client.invoke(**function, Payload=b"{}")
        _wait_for_messages(stack)
        publish_failures(stack)
        publish(stack, stack.log())
        yield stack, listener


def _listener(stack: Stack) -> str:
    """A queue that the alarms' topic tells; its URL."""
    queues = stack.cloud.client("sqs")
    url: str = queues.create_queue(QueueName="pager")["QueueUrl"]
    found = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn, topic = found["Attributes"]["QueueArn"], stack.outputs["AlarmTopicArn"]
    let_in = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [let_in]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    stack.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def _wait_for_messages(stack: Stack) -> None:
    name = "ApproximateNumberOfMessages"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = stack.cloud.client("sqs").get_queue_attributes(
            QueueUrl=stack.outputs["FailedQueueUrl"], AttributeNames=[name]
        )
        if found["Attributes"][name] == "2":
            return
        time.sleep(0.1)
    pytest.fail("the failed invocations never came into their queue")


def _told(stack: Stack, url: str) -> set[str]:
    """The alarms that somebody was told of, by their names here."""
    names: set[str] = set()
    while messages := (
        stack.cloud.client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        .get("Messages")
    ):
        for message in messages:
            alarm = json.loads(json.loads(message["Body"])["Message"])
            if alarm["NewStateValue"] == "ALARM":
                names |= set(re.findall(_SHORT, alarm["AlarmName"]))
    return names


def test_every_alarm_rings_where_its_trouble_happens(
    troubled: tuple[Stack, str],
) -> None:
    """And somebody is told; the runaway's has a test of its own above."""
    stack, listener = troubled
    assert _told(stack, listener) == {*RINGS, "UploadsFailed"}
    assert {alarm["StateValue"] for alarm in _alarms(stack)} == {"ALARM"}


def test_no_alarm_rings_on_a_good_day() -> None:
    with running() as stack:
        for number in range(3):
            put(stack, f"{number}.png", images.png(20, 10))
            log_line(stack, f"{number}.png")
            stack.cloud.client("lambda").invoke(
                FunctionName=stack.outputs["FunctionName"], Payload=b'{"Records": []}'
            )
        publish_failures(stack)
        publish(stack, stack.log())
        assert {alarm["StateValue"] for alarm in _alarms(stack)} == {"OK"}


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
    assert declared >= ESSENTIAL_METRICS.keys()
    assert declared <= (ESSENTIAL_METRICS | STEP_METRICS).keys()
