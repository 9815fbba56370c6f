"""Every alarm uses a metric that exists under that name, and fires on its trouble."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.cloudwatch.metrics import metrics, publish, publish_failures
from local.emulator.disturbances import paused
from local.stack import running
from resize_on_upload.outputs.telemetry import ESSENTIAL_METRICS, STEP_METRICS
from resize_on_upload_cdk.configuration.context import DEFAULT_STACK_NAME
from resize_on_upload_cdk.monitoring.alarms.alarms import (
    FAILED_INVOCATIONS,
    INVOCATIONS_PER_UPLOAD,
    NEAR_LIMIT,
    UNEXPLAINED_INVOCATIONS,
)
from tests.support import images
from tests.support.deployed import failed_message, log_line, put
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture(scope="module")
def busy() -> Iterator[Stack]:
    """A stack with a good upload, a rejected one and a failure."""
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


def test_metrics_in_log_lines_reach_their_alarms(busy: Stack) -> None:
    """Read from the log lines as CloudWatch reads them."""
    found = [alarm for alarm in _alarms(busy) if alarm["Namespace"] == "ResizeOnUpload"]
    sums = {
        alarm["MetricName"]: _sum(busy, alarm["MetricName"], alarm["Dimensions"])
        for alarm in found
    }
    assert sums["rejected"] == 1
    assert sums["memory_mb"] > 40
    assert len(sums) == 2


def test_the_runaway_alarm_uses_metrics_that_exist(busy: Stack) -> None:
    """The function counts uploads itself, under its own name."""
    name = busy.outputs["FunctionName"]
    by_function = [{"Name": "function_name", "Value": name}]
    assert _sum(busy, "uploads", by_function) == 2
    assert _sum(busy, "sizes_written", by_function) == 3


@pytest.mark.parametrize("invocations", [100, UNEXPLAINED_INVOCATIONS + 100])
def test_the_runaway_alarm_fires_if_uploads_do_not_explain_the_invocations(
    invocations: int,
) -> None:
    """The local cloud has no metric math, so the test calculates with its metrics."""
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
        # One upload; the local cloud does not count asynchronous invocations.
        assert value == invocations - INVOCATIONS_PER_UPLOAD
        assert (value >= alarm["Threshold"]) == (invocations > UNEXPLAINED_INVOCATIONS)


def _on_calculations(stack: Stack) -> list[dict[str, Any]]:
    """The template's alarms on a calculation; the local cloud does not support them."""
    file = stack.state / "cdk.out" / f"{DEFAULT_STACK_NAME}.template.json"
    resources = json.loads(file.read_text())["Resources"].values()
    alarms = (one for one in resources if one["Type"] == "AWS::CloudWatch::Alarm")
    return [one["Properties"] for one in alarms if "Metrics" in one["Properties"]]


def _calculated(stack: Stack, queries: list[dict[str, Any]]) -> float:
    """CloudWatch's metric math, for hours that all have data."""
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
    return float(eval(expression, {}, sums))  # noqa: S307 - from this template


def test_rejections_are_counted_by_reason(busy: Stack) -> None:
    name = busy.outputs["FunctionName"]
    by_reason = [
        {"Name": "function_name", "Value": name},
        {"Name": "reason", "Value": "unsupported-format"},
    ]
    assert _sum(busy, "rejected", by_reason) == 1


def test_alarms_on_aws_metrics_name_the_deployed_resources(busy: Stack) -> None:
    """An alarm on an unknown name would never fire."""
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


FIRING = {
    *("Errors", "ManyRejected", "NearMemoryLimit", "NearTimeout"),
    *("Throttles", "UploadsFailed"),
}
MEMORY, TIMEOUT = 512, 10
NEAR_TIMEOUT = NEAR_LIMIT * TIMEOUT


@pytest.fixture(scope="module")
def troubled() -> Iterator[tuple[Stack, str]]:
    """A stack with every trouble that has an alarm, and a queue of notifications."""
    context = {"memorySize": str(MEMORY), "timeout": str(TIMEOUT)}
    with running(context=context) as stack:
        queue = _subscribed_queue(stack)
        function = {"FunctionName": stack.outputs["FunctionName"]}
        client = stack.cloud.client("lambda")
        put(stack, "too-much.png", images.heavy(3_700, 20_000_000))  # 130 MB
        put(stack, "letter.png", b"Dear all,")
        log_line(stack, "too-much.png")
        log_line(stack, "letter.png")
        for _ in range(2):
            client.invoke(**function, InvocationType="Event", Payload=b"{}")
        _wait_for_failed(stack, "2")
        # Asynchronous ones are not in the local cloud's metrics.
        for _ in range(FAILED_INVOCATIONS):
            client.invoke(**function, Payload=b"{}")
        with ThreadPoolExecutor() as threads, paused(stack.lambda_pool):
            threads.submit(client.invoke, **function, Payload=b'{"Records": []}')
            wait_for(
                lambda: stack.lambda_pool.activity.running_seconds() > NEAR_TIMEOUT,
                lambda: "the invocation did not start",
            )
        client.put_function_concurrency(**function, ReservedConcurrentExecutions=0)
        with pytest.raises(client.exceptions.TooManyRequestsException):
            client.invoke(**function, Payload=b"{}")
        publish_failures(stack)
        publish(stack, stack.log())
        yield stack, queue


def _subscribed_queue(stack: Stack) -> str:
    """Subscribe a new queue to the alarms' topic; return its URL."""
    queues = stack.cloud.client("sqs")
    url: str = queues.create_queue(QueueName="pager")["QueueUrl"]
    found = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn, topic = found["Attributes"]["QueueArn"], stack.outputs["AlarmTopicArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    stack.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def _wait_for_failed(stack: Stack, number: str) -> None:
    name = "ApproximateNumberOfMessages"

    def has_arrived() -> bool:
        found = stack.cloud.client("sqs").get_queue_attributes(
            QueueUrl=stack.outputs["FailedQueueUrl"], AttributeNames=[name]
        )
        return bool(found["Attributes"][name] == number)

    wait_for(has_arrived, lambda: "the failed invocations are not in their queue")


def _notified(stack: Stack, url: str) -> set[str]:
    """The alarms in the messages that the queue holds now."""
    answer = stack.cloud.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
    )
    bodies = [message["Body"] for message in answer.get("Messages", ())]
    alarms = [json.loads(json.loads(body)["Message"]) for body in bodies]
    fired = (one["AlarmName"] for one in alarms if one["NewStateValue"] == "ALARM")
    return {name.removeprefix(f"{DEFAULT_STACK_NAME}-") for name in fired}


def test_every_alarm_fires_on_its_trouble_and_notifies(
    troubled: tuple[Stack, str],
) -> None:
    """The runaway alarm has its own test above."""
    stack, queue = troubled
    notified: set[str] = set()

    def all_are_notified() -> bool:
        notified.update(_notified(stack, queue))
        return notified >= FIRING

    wait_for(all_are_notified, lambda: f"not notified: {FIRING - notified}")
    assert notified == FIRING
    assert {alarm["StateValue"] for alarm in _alarms(stack)} == {"ALARM"}


def test_no_alarm_fires_on_a_good_day() -> None:
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


def test_every_line_declares_only_metrics_that_it_has(busy: Stack) -> None:
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
