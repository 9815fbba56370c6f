"""Numbers in the function's log lines, as CloudWatch metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload.outputs.log_line import NAMESPACE

if TYPE_CHECKING:
    import aws_cdk as cdk

    from stacks.resizer import Resizer


def log_metric(
    resizer: Resizer, name: str, statistic: str, period: cdk.Duration
) -> cloudwatch.Metric:
    """A number that the function logs under `name`; see outputs/telemetry.py."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"function_name": resizer.function.function_name},
        statistic=statistic,
        period=period,
    )
