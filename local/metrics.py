"""CloudWatch's reading of metrics out of log lines, which the local cloud lacks.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


def publish(stack: Stack) -> int:
    """Put every metric of the function's log into CloudWatch; how many."""
    client = stack.cloud.client("cloudwatch")
    number = 0
    for line in stack.log().splitlines():
        if line.startswith("{"):
            for namespace, metric in metrics(json.loads(line)):
                client.put_metric_data(Namespace=namespace, MetricData=[metric])
                number += 1
    return number


def metrics(line: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Namespace and datum of every metric that a line declares."""
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
