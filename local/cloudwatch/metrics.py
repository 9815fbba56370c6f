"""Read metrics from log lines, as CloudWatch does and the local cloud does not.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


def publish(stack: Stack, log: str) -> int:
    """Put every metric in these log lines into CloudWatch; return how many."""
    client = stack.cloud.client("cloudwatch")
    number = 0
    for line in log.splitlines():
        if line.startswith("{"):
            for namespace, metric in metrics(json.loads(line)):
                client.put_metric_data(Namespace=namespace, MetricData=[metric])
                number += 1
    return number


def publish_failures(stack: Stack) -> None:
    """Put SQS's metric of the failed queue into CloudWatch, as AWS does each minute.

    The local cloud has metrics of invocations, but not of queues.
    """
    url, name = stack.outputs["FailedQueueUrl"], "ApproximateNumberOfMessages"
    found = stack.cloud.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=[name]
    )
    datum = {
        "MetricName": f"{name}Visible",
        "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
        "Value": int(found["Attributes"][name]),
    }
    stack.cloud.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS", MetricData=[datum]
    )


def metrics(line: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Namespace and datum of every metric declared in a line."""
    directive = line.get("_aws", {})
    for declared in directive.get("CloudWatchMetrics", ()):
        for names in declared["Dimensions"]:
            dimensions = [{"Name": name, "Value": line[name]} for name in names]
            for metric in declared["Metrics"]:
                yield (
                    declared["Namespace"],
                    {
                        "MetricName": metric["Name"],
                        "Unit": metric["Unit"],
                        "Value": line[metric["Name"]],
                        "Dimensions": dimensions,
                        "Timestamp": datetime.fromtimestamp(
                            directive["Timestamp"] / 1_000, UTC
                        ),
                    },
                )
