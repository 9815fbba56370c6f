"""What must not go unseen: alarms, who is told of them, a dashboard and two queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.alarms import alarms
from stacks.dashboard import dashboard
from stacks.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

    from stacks.resizer import Resizer
    from stacks.settings import Settings

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
        self._resizer = resizer
        self.topic = self._topic(settings.alarm_email)
        self.alarms = alarms(self, resizer, settings)
        for alarm in self.alarms:
            alarm.add_alarm_action(actions.SnsAction(self.topic))
        self.dashboard: cloudwatch.Dashboard | None = None
        if settings.dashboard:
            self.dashboard = dashboard(self, resizer, settings, self.alarms)
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

    def _query(self, name: str, text: str) -> None:
        logs.CfnQueryDefinition(
            self,
            name,
            name=f"{cdk.Aws.STACK_NAME}/{name}",
            query_string=text,
            log_group_names=[self._resizer.log_group.log_group_name],
        )
