"""The alarms: what each measures, and what its e-mail says at three in the morning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from stacks.metrics import measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import Construct

    from stacks.resizer import Resizer
    from stacks.settings import Settings

REJECTED_SHARE = 0.5
"""Of the keys; below, somebody tries what a picture is."""

MANY_ERRORS = 5
"""Failed invocations of a quarter of an hour; each is tried again."""

CLOSE = 0.8
"""Of the time-out or of the memory."""

RUNAWAY = 5
"""Invocations for each upload and delete; a handful are retries and doubled events."""

RUNAWAY_BASE = 1_000
"""Invocations of an hour that never are a runaway."""

_MINUTES = cdk.Duration.minutes


@dataclass(frozen=True, slots=True)
class _Alarm:
    """One alarm.

    Attributes:
        text: What it means and what to do, with the commands: at most 1,024 characters.
        of_them: Of the last `periods`, how many must be at the threshold; all if None.
    """

    name: str
    metric: cloudwatch.IMetric
    threshold: float
    text: str
    periods: int = 1
    of_them: int | None = None


def alarms(
    scope: Construct, resizer: Resizer, settings: Settings
) -> list[cloudwatch.Alarm]:
    """Every alarm of a stack, named after it."""
    commands = _Commands(resizer, settings.stack_name)
    rows = [
        _of_the_failed_queue(resizer, commands),
        *_of_lambda(resizer, settings, commands),
        *(_of_ours(resizer, settings, commands) if settings.metrics != "none" else ()),
    ]
    return [_made(scope, settings.stack_name, row) for row in rows]


class _Commands:
    """What to paste into a terminal, with the names of this stack."""

    def __init__(self, resizer: Resizer, stack: str) -> None:
        self._resizer, self._stack = resizer, stack
        self._region = f"--region {cdk.Aws.REGION}"

    def ours(self, command: str) -> str:
        """A command of ours, for this stack."""
        return f"resize-on-upload {command} --stack-name {self._stack} {self._region}"

    def log(self, pattern: str = "") -> str:
        """The last hour's log lines that match."""
        chosen = f" --filter-pattern '{{ {pattern} }}'" if pattern else ""
        group = self._resizer.log_group.log_group_name
        return f"aws logs tail {group} --since 1h{chosen} {self._region}"

    def failures(self) -> str:
        """The last hour's failures on our side."""
        return self.log('$.event = "image.failed"')

    def slow_down(self) -> str:
        """Leave the function one invocation at a time."""
        return (
            "aws lambda put-function-concurrency --reserved-concurrent-executions 1 "
            f"--function-name {self._resizer.function.function_name} {self._region}"
        )


def _of_the_failed_queue(resizer: Resizer, commands: _Commands) -> _Alarm:
    failed = resizer.failed_queue
    return _Alarm(
        "UploadsFailed",
        failed.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=_MINUTES(1)
        ),
        1,
        "Uploads failed on our side, after all retries, and have no sizes. The queue "
        f"{failed.queue_name} keeps them for 14 days.\nThe cause: {commands.failures()}"
        f"\nOnce it is mended: {commands.ours('redrive failed')}",
    )


def _of_lambda(
    resizer: Resizer, settings: Settings, commands: _Commands
) -> Iterator[_Alarm]:
    """Of what Lambda measures itself."""
    function = resizer.function
    yield _Alarm(
        "Errors",
        function.metric_errors(period=_MINUTES(15)),
        MANY_ERRORS,
        f"{MANY_ERRORS} or more invocations failed in 15 minutes. Lambda tries each "
        f"twice more, then UploadsFailed rings.\nThe cause: {commands.failures()}",
    )
    yield _Alarm(
        "Throttles",
        function.metric_throttles(period=_MINUTES(5)),
        1,
        "For 15 minutes Lambda had no capacity for more invocations at once. Uploads "
        "wait up to 6 hours, then fail. Raise the setting reservedConcurrency, or the "
        "account's limit, which this shows: aws lambda get-account-settings --region "
        f"{cdk.Aws.REGION}",
        periods=3,
    )
    milliseconds = round(CLOSE * settings.timeout * 1_000)
    yield _Alarm(
        "NearTimeout",
        function.metric_duration(statistic="Maximum", period=_MINUTES(15)),
        milliseconds,
        f"An invocation took {CLOSE:.0%} of its timeout, {settings.timeout} s. Raise "
        "the setting timeout, or memorySize where it is below 1769.\nThe slow "
        f"uploads: {commands.log(f'$.duration_ms > {milliseconds // 2}')}",
    )


def _of_ours(
    resizer: Resizer, settings: Settings, commands: _Commands
) -> Iterator[_Alarm]:
    """Of what only the function's own numbers tell."""
    rejected = commands.ours("redrive rejected --dry-run")
    yield _Alarm(
        "ManyRejected",
        # Each line says 0 or 1, so their average is a share.
        measured(resizer, "rejected", "Average", _MINUTES(5)),
        REJECTED_SHARE,
        "Half of the uploads could not be resized, in 30 of the last 60 minutes. The "
        f"queue {resizer.rejected_queue.queue_name} has a record of each.\nKeys and "
        f"causes: {rejected}",
        periods=12,
        of_them=6,
    )
    megabytes = CLOSE * settings.memory_size
    yield _Alarm(
        "NearMemoryLimit",
        measured(resizer, "memory_mb", "Maximum", _MINUTES(15)),
        megabytes,
        f"The function took {CLOSE:.0%} of its memory, {settings.memory_size} MB. With "
        "less, large images are rejected as too-many-pixels. Raise the setting "
        "memorySize.\nThe large uploads: "
        f"{commands.log(f'$.memory_mb >= {round(megabytes)}')}",
    )
    yield _Alarm(
        "Runaway",
        _unexplained(resizer),
        RUNAWAY_BASE,
        f"In an hour the function was invoked {RUNAWAY_BASE:,} times more than "
        f"{RUNAWAY} times for each upload, which costs money.\nWhat invokes it: "
        f"{commands.log()}\nSlow it down until the next deployment: "
        f"{commands.slow_down()}",
    )


def _unexplained(resizer: Resizer) -> cloudwatch.MathExpression:
    hour = _MINUTES(60)
    return cloudwatch.MathExpression(
        expression=f"invocations - {RUNAWAY} * FILL(uploads, 0)",
        using_metrics={
            "invocations": resizer.function.metric_invocations(period=hour),
            "uploads": measured(resizer, "uploads", "Sum", hour),
        },
        label="invocations beyond what uploads explain",
        period=hour,
    )


def _made(scope: Construct, stack: str, row: _Alarm) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        scope,
        row.name,
        alarm_name=f"{stack}-{row.name}",
        alarm_description=row.text,
        metric=row.metric,
        threshold=row.threshold,
        evaluation_periods=row.periods,
        datapoints_to_alarm=row.of_them,
        comparison_operator=(
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        ),
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
