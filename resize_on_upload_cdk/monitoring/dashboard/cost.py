"""A graph of what a function costs, at the prices of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload_cdk.monitoring.dashboard.graph import graph
from resize_on_upload_cdk.monitoring.metrics import function_metric
from resize_on_upload_cli.costs.prices import PRICES

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

_DAY = cdk.Duration.days(1)


def dollars_per_day(
    title: str, function: lambda_.IFunction, memory: int
) -> cloudwatch.GraphWidget:
    """US$ per day for Lambda, and for the function's requests to S3.

    Args:
        title: Above the graph.
        function: The function that resizes.
        memory: Of the function, in MB.
    """
    per_millisecond = PRICES["gb_second"] * memory / 1_024 / 1_000
    return graph(
        title,
        "US$",
        cloudwatch.MathExpression(
            expression=(
                f"ms * {per_millisecond:.12f} + n * {PRICES['lambda_request']:.8f}"
            ),
            using_metrics={
                "ms": function.metric_duration(statistic="Sum", period=_DAY),
                "n": function.metric_invocations(period=_DAY),
            },
            label="Lambda",
            period=_DAY,
        ),
        cloudwatch.MathExpression(
            expression=f"w * {PRICES['s3_put']:.8f} + u * {2 * PRICES['s3_get']:.8f}",
            using_metrics={
                "w": function_metric(function, "sizes_written", "Sum", _DAY),
                "u": function_metric(function, "uploads", "Sum", _DAY),
            },
            label="S3 requests",
            period=_DAY,
        ),
    )
