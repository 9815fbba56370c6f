"""Limit the functions that CDK adds: a log that expires, and few permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from resize_on_upload_cdk.nag import acknowledge

if TYPE_CHECKING:
    from constructs import Construct


def restrict(stack: cdk.Stack, retention_days: int) -> None:
    """Give each of them a log group in the stack, and permission to write only there.

    CDK has no option for it: https://github.com/aws/aws-cdk/issues/24815. A function
    that may create log groups would create its own again while the stack is deleted.
    """
    for construct in stack.node.find_all():
        if _is_added_by_cdk(construct):
            _restrict(cast("cdk.CfnResource", construct), retention_days)
    acknowledge(
        stack,
        {
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
            "service-role/AWSLambdaBasicExecutionRole]": "This module removes it; the "
            "check does not see overrides."
        },
    )


def _is_added_by_cdk(construct: object) -> bool:
    """CDK's own functions are plain resources; declared ones are a `CfnFunction`."""
    return (
        isinstance(construct, cdk.CfnResource)
        and construct.cfn_resource_type == lambda_.CfnFunction.CFN_RESOURCE_TYPE_NAME
        and not isinstance(construct, lambda_.CfnFunction)
    )


def _restrict(function: cdk.CfnResource, retention_days: int) -> None:
    scope = cast("Construct", function.node.scope)
    group = logs.CfnLogGroup(scope, "Logs", retention_in_days=retention_days)
    function.add_property_override("LoggingConfig.LogGroup", group.ref)
    role = scope.node.find_child("Role")
    resource = cast("cdk.CfnResource", role.node.default_child or role)
    resource.add_property_deletion_override("ManagedPolicyArns")
    statement = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": group.attr_arn,
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = {"PolicyName": "WriteLog", "PolicyDocument": document}
    resource.add_property_override("Policies", [policy])
