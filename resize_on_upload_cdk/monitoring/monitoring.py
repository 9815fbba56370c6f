"""Alarms and the topic that they notify, a dashboard, and saved queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from resize_on_upload_cdk.monitoring.alarms.alarms import create_alarms
from resize_on_upload_cdk.monitoring.dashboard.dashboard import (
    create_dashboard,
    dashboard_url,
)
from resize_on_upload_cdk.nag import acknowledge
from resize_on_upload_cdk.names import path_in_stack

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

    from resize_on_upload_cdk.backfills.sweep import Sweep
    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.delivery.delivery import Delivery
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.intake.queue import IntakeQueue

_REJECTED_QUERY = """fields @timestamp, key, reason, message
| filter event = "image.rejected"
| stats count(*) as uploads, latest(key) as example by reason
| sort uploads desc"""
_SLOWEST_QUERY = """fields @timestamp, key, duration_ms, decode_ms, source_bytes, rounds
| filter event = "image.resized"
| sort duration_ms desc
| limit 50"""
_REQUESTS_QUERY = """fields @timestamp, key, size, status, duration_ms
| filter event like /^request\\./
| stats count(*) as requests, pct(duration_ms, 50) as p50_ms, \
pct(duration_ms, 99) as p99_ms, latest(key) as example by size, event
| sort requests desc"""


class Monitoring(Construct):
    """Alarms that notify one topic; a dashboard; saved queries of the logs."""

    def __init__(  # noqa: PLR0913 - each has a type; they are keywords
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        resizer: Resizer,
        delivery: Delivery | None,
        sweep: Sweep | None,
        intake: IntakeQueue | None,
        topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._path = path_in_stack(scope)
        self.topic = topic or self._topic()
        if email := settings.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        self.alarms = create_alarms(self, resizer, delivery, sweep, intake, settings)
        for alarm in self.alarms:
            alarm.add_alarm_action(actions.SnsAction(self.topic))
        self.dashboard: cloudwatch.Dashboard | None = None
        self.dashboard_url: str | None = None
        if settings.dashboard:
            self.dashboard_url = dashboard_url(settings)
            self.dashboard = create_dashboard(
                self, resizer, delivery, intake, settings, self.alarms
            )
            self._query("Rejected", _REJECTED_QUERY, resizer.log_group)
            self._query("Slowest", _SLOWEST_QUERY, resizer.log_group)
            if delivery:
                log_group = delivery.on_request.log_group
                self._query("Requests", _REQUESTS_QUERY, log_group)

    def _topic(self) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        # Any policy replaces the default one, which lets alarms publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetAlarmsPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        acknowledge(
            topic,
            {
                "AwsSolutions-SNS2": "CloudWatch cannot publish to a topic encrypted "
                "with AWS's own key; alarms contain no data of uploads."
            },
        )
        return topic

    def _query(self, name: str, text: str, log_group: logs.ILogGroup) -> None:
        logs.CfnQueryDefinition(
            self,
            name,
            name="/".join(filter(None, (cdk.Aws.STACK_NAME, self._path, name))),
            query_string=text,
            log_group_names=[log_group.log_group_name],
        )
