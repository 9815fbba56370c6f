"""The dashboard's rows about delivery: CloudFront, then the on-request function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload_cdk.monitoring.dashboard.graph import PERIOD, graph
from resize_on_upload_cdk.monitoring.metrics import log_metric

if TYPE_CHECKING:
    from resize_on_upload_cdk.delivery.delivery import Delivery

_OUTCOMES = ("requests", "made", "found", "refused", "failed")


def edge(delivery: Delivery) -> list[cloudwatch.GraphWidget]:
    """What viewers ask of CloudFront, and how often it fails them."""

    def metric(name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/CloudFront",
            metric_name=name,
            dimensions_map={"DistributionId": delivery.distribution.id}
            | {"Region": "Global"},
            region="us-east-1",  # of all distributions
            statistic=statistic,
            period=PERIOD,
        )

    return [
        graph("CloudFront: requests", "count", metric("Requests", "Sum")),
        graph("CloudFront: bytes sent", "bytes", metric("BytesDownloaded", "Sum")),
        graph(
            "CloudFront: share of 4xx and 5xx in %",
            "%",
            metric("4xxErrorRate", "Average"),
            metric("5xxErrorRate", "Average"),
        ),
    ]


def on_request(delivery: Delivery) -> list[cloudwatch.GraphWidget]:
    """The requests for what S3 did not have."""
    logged = delivery.on_request
    function = logged.function
    return [
        graph(
            "On request: variants made, found, refused, failed",
            "count",
            *(log_metric(logged, name, "Sum", PERIOD) for name in _OUTCOMES),
        ),
        graph(
            "On request: duration in ms, p50, p99",
            "ms",
            *(
                function.metric_duration(statistic=statistic, period=PERIOD)
                for statistic in ("p50", "p99")
            ),
        ),
        graph(
            "On request: errors, throttles",
            "count",
            function.metric_errors(period=PERIOD),
            function.metric_throttles(period=PERIOD),
        ),
    ]
