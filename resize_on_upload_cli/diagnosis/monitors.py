"""Checks of what reports trouble: alarms, their subscribers, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli.diagnosis.check import Check

if TYPE_CHECKING:
    from resize_on_upload_cli.stack.deployment import Deployment

_LOGS = ("LogGroupName", "BackfillLogGroupName", "OnRequestLogGroupName")


def _alarms(deployment: Deployment) -> list[str]:
    pages = deployment.client("cloudwatch").get_paginator("describe_alarms")
    prefix = f"{deployment.name}-"
    found = [
        alarm
        for page in pages.paginate(AlarmNamePrefix=prefix)
        for alarm in page["MetricAlarms"]
        if "-" not in alarm["AlarmName"].removeprefix(prefix)  # of another stack
    ]
    if not found:
        return ["there are none"]
    ringing = [one["AlarmName"] for one in found if one["StateValue"] == "ALARM"]
    mute = [one["AlarmName"] for one in found if not one["ActionsEnabled"]]
    problems = [f"{name} is in alarm" for name in ringing]
    return problems + [f"{name} notifies nobody: its actions are off" for name in mute]


def _subscribers(deployment: Deployment) -> list[str] | None:
    if not (topic := deployment.outputs.get("AlarmTopicArn")):
        return None
    pages = deployment.client("sns").get_paginator("list_subscriptions_by_topic")
    found = [
        one for page in pages.paginate(TopicArn=topic) for one in page["Subscriptions"]
    ]
    if not found:
        return ["nobody receives the alarms"]
    return [
        f"{one['Endpoint']} has not confirmed the subscription"
        for one in found
        if one["SubscriptionArn"] == "PendingConfirmation"
    ]


def _retention(deployment: Deployment) -> list[str]:
    client, problems = deployment.client("logs"), []
    for output in _LOGS:
        if name := deployment.outputs.get(output):
            groups = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            group = next((one for one in groups if one["logGroupName"] == name), None)
            if group is None:
                problems.append(f"{name} does not exist")
            elif "retentionInDays" not in group:
                problems.append(f"{name} never expires")
    return problems


CHECKS = (
    Check("alarms", _alarms, "docs/runbook.md says what to do for each alarm."),
    Check(
        "subscribers of the alarms",
        _subscribers,
        "Deploy with `-c alarmEmail=YOU@EXAMPLE.COM`, and confirm the e-mail that AWS "
        "sends.",
    ),
    Check(
        "logs",
        _retention,
        "Deploy again: `npx cdk deploy` sets `logRetentionDays`.",
    ),
)
