"""Accept findings of cdk-nag, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from constructs import IConstruct


def object_findings(*bucket_arns: str) -> list[str]:
    """Ids of the findings for a statement about all objects of a bucket."""
    return [
        f"AwsSolutions-IAM5[Resource::{_without_tokens(arn)}/*]" for arn in bucket_arns
    ]


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Accept findings on a construct: cdk-nag id → reason."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
    )


def _without_tokens(arn: str) -> str:
    """Replace CDK's tokens by `<AWS::Partition>` and so on."""
    for token, name in (
        (cdk.Aws.PARTITION, "Partition"),
        (cdk.Aws.ACCOUNT_ID, "AccountId"),
        (cdk.Aws.REGION, "Region"),
    ):
        arn = arn.replace(token, f"<AWS::{name}>")
    return arn
