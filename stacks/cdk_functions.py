"""The functions that CDK adds to change buckets: a log that expires, and few rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from constructs import Construct


def bound(stack: cdk.Stack, retention_days: int) -> None:
    """Give each of them a log group of the stack, and the right to no other.

    CDK has no option for it: https://github.com/aws/aws-cdk/issues/24815. If they could
    create log groups, they would create theirs again while the stack is removed.
    """
    for construct in stack.node.find_all():
        if _is_of_cdk(construct):
            _bind(cast("cdk.CfnResource", construct), retention_days)


def _is_of_cdk(construct: object) -> bool:
    """CDK builds its own from a plain resource, and ours from a `CfnFunction`."""
    return (
        isinstance(construct, cdk.CfnResource)
        and construct.cfn_resource_type == lambda_.CfnFunction.CFN_RESOURCE_TYPE_NAME
        and not isinstance(construct, lambda_.CfnFunction)
    )


def _bind(function: cdk.CfnResource, retention_days: int) -> None:
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
