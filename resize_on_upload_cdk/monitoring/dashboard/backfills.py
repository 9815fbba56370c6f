"""The dashboard's row about backfills, if they have their own function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cdk.monitoring.dashboard.cost import dollars_per_day
from resize_on_upload_cdk.monitoring.dashboard.graph import PERIOD, graph
from resize_on_upload_cdk.monitoring.metrics import function_metric

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_lambda as lambda_


def backfills(function: lambda_.IFunction, memory: int) -> list[cloudwatch.GraphWidget]:
    """What backfills do, whether their concurrency limits them, and their cost."""
    return [
        graph(
            "Backfills: keys, variants written, rejected, failed",
            "count",
            *(
                function_metric(function, name, "Sum", PERIOD)
                for name in ("uploads", "sizes_written", "rejected", "failed")
            ),
        ),
        graph(
            "Backfills: invocations, errors, throttles",
            "count",
            function.metric_invocations(period=PERIOD),
            function.metric_errors(period=PERIOD),
            function.metric_throttles(period=PERIOD),
        ),
        dollars_per_day("Backfills: estimated US$ per day", function, memory),
    ]
