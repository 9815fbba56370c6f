"""What must not go unseen: alarms, who is told of them, a dashboard and two queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from resize_on_upload.telemetry import NAMESPACE
from stacks.dashboard import dashboard
from stacks.reasons import acknowledge

if TYPE_CHECKING:
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
_REJECTED_QUERY = """fields @timestamp, key, reason, message
| filter event = "image.rejected"
| stats count(*) as uploads, latest(key) as example by reason
| sort uploads desc"""
_SLOWEST_QUERY = """fields @timestamp, key, duration_ms, decode_ms, source_bytes, rounds
| filter event = "image.resized"
| sort duration_ms desc
| limit 50"""


class Monitoring(Construct):
    """Alarms to one topic; a dashboard; two ready queries of the log."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        resizer: Resizer,
    ) -> None:
        super().__init__(scope, construct_id)
        self._resizer, self._settings = resizer, settings
        self.topic = self._topic(settings.alarm_email)
        self.alarms = [
            *self._native_alarms(),
            *(self._measured_alarms() if settings.metrics != "none" else ()),
        ]
        if settings.dashboard:
            dashboard(self, resizer, settings, self.alarms)
            self._query("Rejected", _REJECTED_QUERY)
            self._query("Slowest", _SLOWEST_QUERY)

    def _topic(self, email: str | None) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        # A policy of one's own replaces the default one, which let alarms in.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetAlarmsPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        if email:
            topic.add_subscription(subscriptions.EmailSubscription(email))
        acknowledge(
            topic,
            {
                "AwsSolutions-SNS2": "CloudWatch cannot publish to a topic under AWS's "
                "own key, and alarms hold no upload's data but names of queues."
            },
        )
        return topic

    def _native_alarms(self) -> list[cloudwatch.Alarm]:
        """What SQS and Lambda measure themselves."""
        function, failed = self._resizer.function, self._resizer.failed_queue
        return [
            self._alarm(
                "UploadsFailed",
                failed.metric_approximate_number_of_messages_visible(
                    statistic="Maximum", period=_MINUTES(1)
                ),
                1,
                "Uploads failed on our side, after their retries; the failed queue "
                "holds them.",
            ),
            self._alarm(
                "Errors",
                function.metric_errors(period=_MINUTES(15)),
                MANY_ERRORS,
                "Invocations fail; each is tried twice more.",
            ),
            self._alarm(
                "Throttles",
                function.metric_throttles(period=_MINUTES(5)),
                1,
                "Lambda has no room for more invocations at once, for a quarter of an "
                "hour; uploads wait.",
                periods=3,
            ),
            self._alarm(
                "NearTimeout",
                function.metric_duration(statistic="Maximum", period=_MINUTES(15)),
                CLOSE * self._settings.timeout * 1_000,
                "An invocation took four fifths of its time-out.",
            ),
        ]

    def _measured_alarms(self) -> list[cloudwatch.Alarm]:
        """What only the function's own numbers tell."""
        return [
            self._alarm(
                "ManyRejected",
                # Each line says 0 or 1, so their average is a share.
                self.measured("rejected", "Average", _MINUTES(5)),
                REJECTED_SHARE,
                "Half of the uploads cannot be resized, for half an hour of the last; "
                "the rejected queue holds a record of each, with its cause.",
                periods=12,
                of_them=6,
            ),
            self._alarm(
                "NearMemoryLimit",
                self.measured("memory_mb", "Maximum", _MINUTES(15)),
                CLOSE * self._settings.memory_size,
                "The function took four fifths of its memory.",
            ),
            self._alarm(
                "Runaway",
                self._unexplained(),
                RUNAWAY_BASE,
                "The function is invoked far more often than there are uploads.",
            ),
        ]

    def _unexplained(self) -> cloudwatch.MathExpression:
        hour = _MINUTES(60)
        return cloudwatch.MathExpression(
            expression=f"invocations - {RUNAWAY} * FILL(uploads, 0)",
            using_metrics={
                "invocations": self._resizer.function.metric_invocations(period=hour),
                "uploads": self.measured("uploads", "Sum", hour),
            },
            label="invocations beyond what uploads explain",
            period=hour,
        )

    def measured(
        self, name: str, statistic: str, period: cdk.Duration
    ) -> cloudwatch.Metric:
        """A number of the log lines: see the function's telemetry."""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"function_name": self._resizer.function.function_name},
            statistic=statistic,
            period=period,
        )

    def _alarm(  # noqa: PLR0913 - as CloudWatch's own
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        text: str,
        *,
        periods: int = 1,
        of_them: int | None = None,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=of_them,
            comparison_operator=(
                cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"{text} What to do: docs/operations.md#alarms",
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        return alarm

    def _query(self, name: str, text: str) -> None:
        logs.CfnQueryDefinition(
            self,
            name,
            name=f"{cdk.Aws.STACK_NAME}/{name}",
            query_string=text,
            log_group_names=[self._resizer.log_group.log_group_name],
        )
