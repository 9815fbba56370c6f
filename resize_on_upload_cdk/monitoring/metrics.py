"""Numbers in the functions' log lines, as CloudWatch metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload.outputs.log_line import NAMESPACE

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_lambda as lambda_

    from resize_on_upload_cdk.delivery.on_request import OnRequest
    from resize_on_upload_cdk.functions.resizer import Resizer


def log_metric(
    logged: Resizer | OnRequest, name: str, statistic: str, period: cdk.Duration
) -> cloudwatch.Metric:
    """A number that the function logs under `name`; see lambda/…/outputs."""
    return function_metric(logged.function, name, statistic, period)


def function_metric(
    function: lambda_.IFunction, name: str, statistic: str, period: cdk.Duration
) -> cloudwatch.Metric:
    """As `log_metric`, of any of the functions."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"function_name": function.function_name},
        statistic=statistic,
        period=period,
    )
