"""Accept findings of cdk-nag, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from constructs import IConstruct


def object_findings(scope: IConstruct, *bucket_arns: str) -> list[str]:
    """Ids of the findings for a statement about all objects of a bucket."""
    resolve = cdk.Stack.of(scope).resolve
    return [
        f"AwsSolutions-IAM5[Resource::{_without_tokens(resolve(arn))}/*]"
        for arn in bucket_arns
    ]


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Accept findings on a construct: cdk-nag id → reason."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
    )


def _without_tokens(resolved: Any) -> str:
    """Write CloudFormation's functions as cdk-nag does: `<AWS::Partition>`."""
    match resolved:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_without_tokens, parts))
    return str(resolved)
