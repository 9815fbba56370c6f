"""Findings of the security checks that we accept, each with its reason on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from constructs import IConstruct


def objects_of(*bucket_arns: str) -> list[str]:
    """The ids of the findings that a statement on a bucket's objects makes."""
    return [f"AwsSolutions-IAM5[Resource::{_written(arn)}/*]" for arn in bucket_arns]


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Record why a finding (by its cdk-nag id) on `construct` is accepted."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
    )


def _written(arn: str) -> str:
    """An ARN as cdk-nag writes it: `<AWS::Partition>` for the token."""
    for token, name in (
        (cdk.Aws.PARTITION, "Partition"),
        (cdk.Aws.ACCOUNT_ID, "AccountId"),
        (cdk.Aws.REGION, "Region"),
    ):
        arn = arn.replace(token, f"<AWS::{name}>")
    return arn
