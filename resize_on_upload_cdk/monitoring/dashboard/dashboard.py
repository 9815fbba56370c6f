"""The dashboard: uploads first, then the function, then its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload.outputs.log_line import NAMESPACE
from resize_on_upload_cdk.monitoring.dashboard import backfills as backfill_graphs
from resize_on_upload_cdk.monitoring.dashboard import delivery as delivery_graphs
from resize_on_upload_cdk.monitoring.dashboard import intake as intake_graphs
from resize_on_upload_cdk.monitoring.dashboard.cost import dollars_per_day
from resize_on_upload_cdk.monitoring.dashboard.graph import PERIOD, graph
from resize_on_upload_cdk.monitoring.metrics import log_metric

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.delivery.delivery import Delivery
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.intake.queue import IntakeQueue


def create_dashboard(  # noqa: PLR0913, PLR0917 - it shows all parts of a stack
    scope: Construct,
    resizer: Resizer,
    delivery: Delivery | None,
    intake: IntakeQueue | None,
    settings: Settings,
    alarms: list[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """The state of the alarms, then rows of graphs: three, and those of options."""
    board = cloudwatch.Dashboard(
        scope,
        "Dashboard",
        dashboard_name=_name(settings),
        default_interval=cdk.Duration.hours(24),
    )
    board.add_widgets(
        cloudwatch.AlarmStatusWidget(alarms=list(alarms), width=24, title="Alarms")
    )
    board.add_widgets(*_upload_graphs(resizer))
    board.add_widgets(*_function_graphs(resizer))
    board.add_widgets(*_cost_graphs(resizer, settings))
    if intake:
        board.add_widgets(*intake_graphs.graphs(intake))
    if resizer.backfill_function:
        function, memory = resizer.backfill_function, settings.memory_size
        board.add_widgets(*backfill_graphs.backfills(function, memory))
    if delivery:
        board.add_widgets(*delivery_graphs.edge(delivery))
        board.add_widgets(*delivery_graphs.on_request(delivery))
    return board


def dashboard_url(settings: Settings) -> str:
    """Where to open the dashboard in a browser."""
    region = cdk.Aws.REGION
    return (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#dashboards:name={_name(settings)}"
    )


def _name(settings: Settings) -> str:
    """Alarms link to it, so it cannot be one that CloudFormation makes up.

    The dashboards of all regions share their names.
    """
    return f"{settings.stack_name}-{cdk.Aws.REGION}"


def _upload_graphs(resizer: Resizer) -> list[cloudwatch.GraphWidget]:
    by_reason = (
        f'SEARCH(\'{{{NAMESPACE},function_name,reason}} MetricName="rejected" '
        f"function_name=\"{resizer.function.function_name}\"', 'Sum', 300)"
    )
    failed = resizer.failed_queue
    return [
        graph(
            "Uploads and variants written",
            "count",
            log_metric(resizer, "uploads", "Sum", PERIOD),
            log_metric(resizer, "sizes_written", "Sum", PERIOD),
        ),
        graph(
            "Rejected uploads by reason",
            "uploads",
            cloudwatch.MathExpression(
                expression=by_reason, using_metrics={}, label="", period=PERIOD
            ),
        ),
        graph(
            "Failed uploads, age of the oldest in seconds",
            "uploads",
            failed.metric_approximate_number_of_messages_visible(
                period=PERIOD, label="failed uploads"
            ),
            right=(
                "seconds",
                failed.metric_approximate_age_of_oldest_message(
                    period=PERIOD, label="age of the oldest"
                ),
            ),
        ),
    ]


def _function_graphs(resizer: Resizer) -> list[cloudwatch.GraphWidget]:
    function = resizer.function
    return [
        graph(
            "Invocations, errors, throttles",
            "count",
            function.metric_invocations(period=PERIOD),
            function.metric_errors(period=PERIOD),
            function.metric_throttles(period=PERIOD),
        ),
        graph(
            "Duration in ms: p50, p99, maximum",
            "ms",
            *(
                function.metric_duration(
                    statistic=statistic, period=PERIOD, label=statistic.lower()
                )
                for statistic in ("p50", "p99", "Maximum")
            ),
        ),
        graph(
            "Memory used in MB, and cold starts",
            "MB",
            log_metric(resizer, "memory_mb", "Maximum", PERIOD),
            right=("cold starts", log_metric(resizer, "cold_starts", "Sum", PERIOD)),
        ),
    ]


def _cost_graphs(resizer: Resizer, settings: Settings) -> list[cloudwatch.GraphWidget]:
    """Bytes, and US$ per day."""
    return [
        graph(
            "Bytes uploaded",
            "bytes",
            log_metric(resizer, "source_bytes", "Sum", PERIOD),
        ),
        graph(
            "Bytes written",  # a thousandth of those uploaded
            "bytes",
            log_metric(resizer, "bytes_written", "Sum", PERIOD),
        ),
        dollars_per_day(
            "Estimated US$ per day: Lambda, S3 requests",
            resizer.function,
            settings.memory_size,
        ),
    ]
