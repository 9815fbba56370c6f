"""The alarms of a stack: those on uploads, and the list of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from resize_on_upload_cdk.monitoring.alarms import delivery as delivery_alarms
from resize_on_upload_cdk.monitoring.alarms import intake as intake_alarm
from resize_on_upload_cdk.monitoring.alarms.alarm import Alarm
from resize_on_upload_cdk.monitoring.alarms.commands import AlarmCommands
from resize_on_upload_cdk.monitoring.dashboard.dashboard import dashboard_url
from resize_on_upload_cdk.monitoring.metrics import log_metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import Construct

    from resize_on_upload_cdk.backfills.sweep import Sweep
    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.delivery.delivery import Delivery
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.intake.queue import IntakeQueue

REJECTED_SHARE = 0.5
"""Rejected keys of all keys. A lower share is normal: some uploads are not images."""

FAILED_INVOCATIONS = 5
"""In 15 minutes. Lambda retries each of them."""

NEAR_LIMIT = 0.8
"""Share of the time-out or of the memory."""

INVOCATIONS_PER_UPLOAD = 5
"""Explained by retries and by events that S3 sends twice."""

UNEXPLAINED_INVOCATIONS = 1_000
"""In an hour, beyond INVOCATIONS_PER_UPLOAD."""

_MINUTES = cdk.Duration.minutes


def create_alarms(  # noqa: PLR0913, PLR0917 - of all parts of a stack
    scope: Construct,
    resizer: Resizer,
    delivery: Delivery | None,
    sweep: Sweep | None,
    intake: IntakeQueue | None,
    settings: Settings,
) -> list[cloudwatch.Alarm]:
    """Every alarm of a stack; the names begin with the stack's name."""
    commands = AlarmCommands(resizer, settings)
    rows = [
        _queue_alarm(resizer, commands),
        *_lambda_alarms(resizer, settings, commands),
    ]
    if settings.metrics != "none":
        rows += _log_metric_alarms(resizer, settings, commands)
    if intake:
        rows.append(intake_alarm.alarm(intake))
    if delivery:
        rows += delivery_alarms.alarms(delivery, resizer, settings)
    if sweep:
        rows.append(_sweep_alarm(sweep, commands))
    link = f"\nDashboard: {dashboard_url(settings)}" if settings.dashboard else ""
    return [row.create(scope, settings.stack_name, link) for row in rows]


def _queue_alarm(resizer: Resizer, commands: AlarmCommands) -> Alarm:
    failed = resizer.failed_queue
    return Alarm(
        "UploadsFailed",
        failed.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=_MINUTES(1)
        ),
        1,
        "Uploads failed for an internal reason, after all retries, and have no "
        f"variants. The queue {failed.queue_name} keeps them for 14 days.\n"
        f"Cause: {commands.failures()}\n"
        f"After fixing it: {commands.cli('redrive failed')}",
    )


def _sweep_alarm(sweep: Sweep, commands: AlarmCommands) -> Alarm:
    return Alarm(
        "SweepFailed",
        cloudwatch.Metric(
            namespace="AWS/States",
            metric_name="ExecutionsFailed",
            dimensions_map={"StateMachineArn": sweep.machine_arn},
            statistic="Sum",
            period=_MINUTES(60),
        ),
        1,
        "The weekly sweep did not look at all originals: its job of S3 Batch "
        "Operations was not created, failed or was cancelled.\n"
        f"Which job, and why: {commands.failed_jobs()}\n"
        f"After fixing it: {commands.cli('backfill --all --yes')}",
    )


def _lambda_alarms(
    resizer: Resizer, settings: Settings, commands: AlarmCommands
) -> Iterator[Alarm]:
    """Alarms on what Lambda itself measures."""
    function = resizer.function
    yield Alarm(
        "Errors",
        function.metric_errors(period=_MINUTES(15)),
        FAILED_INVOCATIONS,
        f"{FAILED_INVOCATIONS} or more invocations failed in 15 minutes. Lambda "
        "retries each of them twice; then UploadsFailed fires.\n"
        f"Cause: {commands.failures()}",
    )
    yield Alarm(
        "Throttles",
        function.metric_throttles(period=_MINUTES(5)),
        1,
        "Lambda throttled the function for 15 minutes. Uploads wait up to 6 hours, "
        "then fail. Raise the setting reservedConcurrency, or the account's limit, "
        f"shown by: aws lambda get-account-settings --region {cdk.Aws.REGION}",
        periods=3,
    )
    milliseconds = round(NEAR_LIMIT * settings.timeout * 1_000)
    yield Alarm(
        "NearTimeout",
        function.metric_duration(statistic="Maximum", period=_MINUTES(15)),
        milliseconds,
        f"An invocation took {NEAR_LIMIT:.0%} of its timeout, {settings.timeout} s. "
        "Raise the setting timeout, or memorySize if it is below 1769.\n"
        f"Slow uploads: {commands.log(f'$.duration_ms > {milliseconds // 2}')}",
    )


def _log_metric_alarms(
    resizer: Resizer, settings: Settings, commands: AlarmCommands
) -> Iterator[Alarm]:
    """Alarms on numbers in the function's log lines."""
    rejected = commands.cli("redrive rejected --dry-run")
    yield Alarm(
        "ManyRejected",
        # Each line has 0 or 1, so the average is the share of rejected keys.
        log_metric(resizer, "rejected", "Average", _MINUTES(5)),
        REJECTED_SHARE,
        "Half of the uploads or more were rejected, in 30 of the last 60 minutes. The "
        f"queue {resizer.rejected_queue.queue_name} has a record of each.\n"
        f"Keys and reasons: {rejected}",
        periods=12,
        datapoints=6,
    )
    megabytes = NEAR_LIMIT * settings.memory_size
    yield Alarm(
        "NearMemoryLimit",
        log_metric(resizer, "memory_mb", "Maximum", _MINUTES(15)),
        megabytes,
        f"The function used {NEAR_LIMIT:.0%} of its memory, {settings.memory_size} MB. "
        "With less memory, large images are rejected as too-many-pixels. Raise the "
        "setting memorySize.\nLarge uploads: "
        f"{commands.log(f'$.memory_mb >= {round(megabytes)}')}",
    )
    yield Alarm(
        "Runaway",
        _unexplained_invocations(resizer),
        UNEXPLAINED_INVOCATIONS,
        f"In one hour the function was invoked {UNEXPLAINED_INVOCATIONS:,} times more "
        f"than {INVOCATIONS_PER_UPLOAD} times per upload, which costs money.\n"
        f"What invoked it: {commands.log()}\n"
        f"To slow it down until the next deployment: {commands.slow_down()}",
    )


def _unexplained_invocations(resizer: Resizer) -> cloudwatch.MathExpression:
    hour = _MINUTES(60)
    return cloudwatch.MathExpression(
        expression=f"invocations - {INVOCATIONS_PER_UPLOAD} * FILL(uploads, 0)",
        using_metrics={
            "invocations": resizer.function.metric_invocations(period=hour),
            "uploads": log_metric(resizer, "uploads", "Sum", hour),
        },
        label="invocations that uploads do not explain",
        period=hour,
    )
