"""The dashboard: first what users care for, then the function, then what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload.outputs.telemetry import NAMESPACE
from stacks.metrics import measured
from tools.cost import PRICES

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.resizer import Resizer
    from stacks.settings import Settings

_HIGH = 6
_WIDE = 8
_PERIOD = cdk.Duration.minutes(5)
_DAY = cdk.Duration.days(1)


def dashboard(
    scope: Construct,
    resizer: Resizer,
    settings: Settings,
    alarms: list[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """Three rows, and the alarms above them."""
    board = cloudwatch.Dashboard(
        scope, "Dashboard", default_interval=cdk.Duration.hours(24)
    )
    board.add_widgets(
        cloudwatch.AlarmStatusWidget(alarms=list(alarms), width=24, title="Alarms")
    )
    board.add_widgets(*_uploads(resizer))
    board.add_widgets(*_function(resizer))
    board.add_widgets(*_costs(resizer, settings))
    return board


def url(board: cloudwatch.Dashboard) -> str:
    """Where a browser finds the dashboard."""
    region = cdk.Aws.REGION
    return (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#dashboards:name={board.dashboard_name}"
    )


def _graph(
    title: str,
    label: str,
    *metrics: cloudwatch.IMetric,
    right: dict[str, cloudwatch.IMetric] | None = None,
) -> cloudwatch.GraphWidget:
    """A graph in the unit `label`; `right` has a metric of another, by its label."""
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_y_axis=_axis(label),
        right=list((right or {}).values()),
        right_y_axis=_axis(*right) if right else None,
        width=_WIDE,
        height=_HIGH,
    )


def _axis(label: str) -> cloudwatch.YAxisProps:
    return cloudwatch.YAxisProps(label=label, min=0, show_units=False)


def _uploads(resizer: Resizer) -> list[cloudwatch.GraphWidget]:
    by_reason = (
        f'SEARCH(\'{{{NAMESPACE},function_name,reason}} MetricName="rejected" '
        f"function_name=\"{resizer.function.function_name}\"', 'Sum', 300)"
    )
    failed = resizer.failed_queue
    return [
        _graph(
            "Uploads and the sizes written of them",
            "count",
            measured(resizer, "uploads", "Sum", _PERIOD),
            measured(resizer, "sizes_written", "Sum", _PERIOD),
        ),
        _graph(
            "Rejected uploads, by reason",
            "uploads",
            cloudwatch.MathExpression(
                expression=by_reason, using_metrics={}, label="", period=_PERIOD
            ),
        ),
        _graph(
            "Failed uploads, and the age of the oldest",
            "uploads",
            failed.metric_approximate_number_of_messages_visible(period=_PERIOD),
            right={
                "seconds": failed.metric_approximate_age_of_oldest_message(
                    period=_PERIOD
                )
            },
        ),
    ]


def _function(resizer: Resizer) -> list[cloudwatch.GraphWidget]:
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
            "Duration: p50, p99 and maximum",
            "ms",
            *(
                function.metric_duration(statistic=statistic, period=_PERIOD)
                for statistic in ("p50", "p99", "Maximum")
            ),
        ),
        _graph(
            "Memory taken, and cold starts",
            "MB",
            measured(resizer, "memory_mb", "Maximum", _PERIOD),
            right={"cold starts": measured(resizer, "cold_starts", "Sum", _PERIOD)},
        ),
    ]


def _costs(resizer: Resizer, settings: Settings) -> list[cloudwatch.GraphWidget]:
    """Bytes, and US dollars a day at the list prices of tools/prices.json."""
    gigabytes = settings.memory_size / 1_024
    a_millisecond = PRICES["gb_second"] * gigabytes / 1_000
    return [
        _graph(
            "Bytes uploaded and written",
            "bytes",
            measured(resizer, "source_bytes", "Sum", _PERIOD),
            measured(resizer, "bytes_written", "Sum", _PERIOD),
        ),
        _graph(
            "Estimated cost a day: Lambda, and S3's requests",
            "US$",
            cloudwatch.MathExpression(
                expression=(
                    f"ms * {a_millisecond:.12f} + n * {PRICES['lambda_request']:.8f}"
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
                    "w": measured(resizer, "sizes_written", "Sum", _DAY),
                    "u": measured(resizer, "uploads", "Sum", _DAY),
                },
                label="S3 requests",
                period=_DAY,
            ),
        ),
    ]
