"""What `estimate` says an idle stack costs is of what the template creates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli.costs import idle_cost
from tests.support.templates import resources

if TYPE_CHECKING:
    from tests.support.templates import Document

_FREE_WHEN_IDLE = {
    *("AWS::IAM::Policy", "AWS::IAM::Role", "AWS::Logs::LogGroup"),
    *("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Function"),
    *("AWS::Lambda::Permission", "AWS::Logs::QueryDefinition"),
    *("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SNS::Topic"),
    *("AWS::SNS::TopicPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"),
}
"""A queue costs only if it is read; by default, only commands read one."""


def test_every_metric_of_an_alarm_is_counted(template: Document) -> None:
    metrics = [
        len([one for one in alarm.get("Metrics", ()) if "MetricStat" in one]) or 1
        for alarm in resources(template, "AWS::CloudWatch::Alarm")
    ]
    assert sum(metrics) == idle_cost.ALARM_METRICS


def test_there_is_one_dashboard(template: Document) -> None:
    dashboards = list(resources(template, "AWS::CloudWatch::Dashboard"))
    assert len(dashboards) == idle_cost.DASHBOARDS


def test_nothing_else_costs_anything(template: Document) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    priced = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"}
    assert kinds - priced <= _FREE_WHEN_IDLE
