"""The template of `cdk synth` → one with parameters, for CloudFormation alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from stacks.template.parameters import (
    IMAGE_URI,
    OPTIONAL,
    PARAMETERS,
    SIZES,
    VARIABLES,
    conditions,
    optional,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cdk.configuration.settings import Settings

Document: TypeAlias = dict[str, Any]

_ON_DASHBOARD = ("AWS::CloudWatch::Dashboard", "AWS::Logs::QueryDefinition")


def with_parameters(document: Document, settings: Settings) -> Document:
    """Return the template with parameters, and without what only CDK reads.

    Args:
        document: The template of `cdk synth`; it is changed.
        settings: Have the defaults of the parameters.
    """
    names = [name for name in PARAMETERS if name != SIZES or not settings.delivery]
    _refer_to_parameters(document, names)
    _subscribe(document)
    _make_dashboard_optional(document)
    for resource in document["Resources"].values():
        resource.pop("Metadata", None)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": document["Description"],
        "Parameters": {name: PARAMETERS[name].as_resource(settings) for name in names},
        "Conditions": {**document.get("Conditions", {}), **conditions()},
        "Resources": document["Resources"],
        "Outputs": document["Outputs"],
    }


def _refer_to_parameters(document: Document, names: list[str]) -> None:
    for function in _of_type(document, "AWS::Lambda::Function"):
        if "ImageUri" in function["Code"]:
            function["Code"]["ImageUri"] = ref(IMAGE_URI)
            function["Architectures"] = [ref("Architecture")]
            function["Environment"]["Variables"] |= _variables(names)
    resizer = document["Outputs"]["FunctionName"]["Value"]["Ref"]
    document["Resources"][resizer]["Properties"]["ReservedConcurrentExecutions"] = (
        optional("ReservedConcurrency")
    )
    for group in _of_type(document, "AWS::Logs::LogGroup"):
        group["RetentionInDays"] = ref("LogRetentionDays")


def _variables(names: list[str]) -> Document:
    return {
        variable: optional(name) if name in OPTIONAL else ref(name)
        for name, variable in VARIABLES.items()
        if name in names
    }


def _subscribe(document: Document) -> None:
    """Send the alarms to the address, if there is one."""
    document["Resources"]["AlarmEmailSubscription"] = {
        "Type": "AWS::SNS::Subscription",
        "Condition": "HasAlarmEmail",
        "Properties": {
            "Protocol": "email",
            "Endpoint": ref("AlarmEmail"),
            "TopicArn": document["Outputs"]["AlarmTopicArn"]["Value"],
        },
    }


def _make_dashboard_optional(document: Document) -> None:
    for resource in document["Resources"].values():
        if resource["Type"] in _ON_DASHBOARD:
            resource["Condition"] = "HasDashboard"
    document["Outputs"]["DashboardUrl"]["Condition"] = "HasDashboard"


def _of_type(document: Document, kind: str) -> Iterator[Document]:
    """The properties of every resource of a type."""
    for resource in document["Resources"].values():
        if resource["Type"] == kind:
            yield resource["Properties"]
