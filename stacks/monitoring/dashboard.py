"""The dashboard: uploads first, then the function, then its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload.outputs.log_line import NAMESPACE
from stacks.monitoring.metrics import log_metric
from tools.cost import PRICES

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.configuration.settings import Settings
    from stacks.resizer import Resizer

_HEIGHT = 6
_WIDTH = 8
_PERIOD = cdk.Duration.minutes(5)
_DAY = cdk.Duration.days(1)


def create_dashboard(
    scope: Construct,
    resizer: Resizer,
    settings: Settings,
    alarms: list[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """The state of the alarms, then three rows of graphs."""
    board = cloudwatch.Dashboard(
        scope, "Dashboard", default_interval=cdk.Duration.hours(24)
    )
    board.add_widgets(
        cloudwatch.AlarmStatusWidget(alarms=list(alarms), width=24, title="Alarms")
    )
    board.add_widgets(*_upload_graphs(resizer))
    board.add_widgets(*_function_graphs(resizer))
    board.add_widgets(*_cost_graphs(resizer, settings))
    return board


def dashboard_url(board: cloudwatch.Dashboard) -> str:
    """Where to open the dashboard in a browser."""
    region = cdk.Aws.REGION
    return (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#dashboards:name={board.dashboard_name}"
    )


def _graph(
    title: str,
    label: str,
    *metrics: cloudwatch.IMetric,
    right: tuple[str, cloudwatch.IMetric] | None = None,
) -> cloudwatch.GraphWidget:
    """A graph whose left axis has the unit `label`.

    Args:
        title: Above the graph.
        label: The unit of `metrics`.
        metrics: For the left axis.
        right: The unit of the right axis, and its metric.
    """
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_y_axis=_axis(label),
        right=[right[1]] if right else [],
        right_y_axis=_axis(right[0]) if right else None,
        width=_WIDTH,
        height=_HEIGHT,
    )


def _axis(label: str) -> cloudwatch.YAxisProps:
    return cloudwatch.YAxisProps(label=label, min=0, show_units=False)


def _upload_graphs(resizer: Resizer) -> list[cloudwatch.GraphWidget]:
    by_reason = (
        f'SEARCH(\'{{{NAMESPACE},function_name,reason}} MetricName="rejected" '
        f"function_name=\"{resizer.function.function_name}\"', 'Sum', 300)"
    )
    failed = resizer.failed_queue
    return [
        _graph(
            "Uploads and variants written",
            "count",
            log_metric(resizer, "uploads", "Sum", _PERIOD),
            log_metric(resizer, "sizes_written", "Sum", _PERIOD),
        ),
        _graph(
            "Rejected uploads by reason",
            "uploads",
            cloudwatch.MathExpression(
                expression=by_reason, using_metrics={}, label="", period=_PERIOD
            ),
        ),
        _graph(
            "Failed uploads and the age of the oldest",
            "uploads",
            failed.metric_approximate_number_of_messages_visible(period=_PERIOD),
            right=(
                "seconds",
                failed.metric_approximate_age_of_oldest_message(period=_PERIOD),
            ),
        ),
    ]


def _function_graphs(resizer: Resizer) -> list[cloudwatch.GraphWidget]:
    function = resizer.function
    return [
        _graph(
            "Invocations, errors, throttles",
            "count",
            function.metric_invocations(period=_PERIOD),
            function.metric_errors(period=_PERIOD),
            function.metric_throttles(period=_PERIOD),
        ),
        _graph(
            "Duration: p50, p99, maximum",
            "ms",
            *(
                function.metric_duration(statistic=statistic, period=_PERIOD)
                for statistic in ("p50", "p99", "Maximum")
            ),
        ),
        _graph(
            "Memory used and cold starts",
            "MB",
            log_metric(resizer, "memory_mb", "Maximum", _PERIOD),
            right=("cold starts", log_metric(resizer, "cold_starts", "Sum", _PERIOD)),
        ),
    ]


def _cost_graphs(resizer: Resizer, settings: Settings) -> list[cloudwatch.GraphWidget]:
    """Bytes, and US$ per day at the list prices in tools/prices.json."""
    gigabytes = settings.memory_size / 1_024
    per_millisecond = PRICES["gb_second"] * gigabytes / 1_000
    return [
        _graph(
            "Bytes uploaded and written",
            "bytes",
            log_metric(resizer, "source_bytes", "Sum", _PERIOD),
            log_metric(resizer, "bytes_written", "Sum", _PERIOD),
        ),
        _graph(
            "Estimated cost per day: Lambda and S3 requests",
            "US$",
            cloudwatch.MathExpression(
                expression=(
                    f"ms * {per_millisecond:.12f} + n * {PRICES['lambda_request']:.8f}"
                ),
                using_metrics={
                    "ms": resizer.function.metric_duration(
                        statistic="Sum", period=_DAY
                    ),
                    "n": resizer.function.metric_invocations(period=_DAY),
                },
                label="Lambda",
                period=_DAY,
            ),
            cloudwatch.MathExpression(
                expression=(
                    f"w * {PRICES['s3_put']:.8f} + u * {2 * PRICES['s3_get']:.8f}"
                ),
                using_metrics={
                    "w": log_metric(resizer, "sizes_written", "Sum", _DAY),
                    "u": log_metric(resizer, "uploads", "Sum", _DAY),
                },
                label="S3 requests",
                period=_DAY,
            ),
        ),
    ]
