"""An IAM policy for whoever uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from stacks.function import bucket_arn
from stacks.nag import acknowledge, object_findings

if TYPE_CHECKING:
    from constructs import Construct


def uploader_policy(scope: Construct, original_name: str, kms_key: str | None) -> None:
    """What a person or server needs to upload, and to sign forms for others."""
    objects = f"{bucket_arn(original_name)}/*"
    statements = [
        iam.PolicyStatement(
            sid="Upload",
            actions=["s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[objects],
        )
    ]
    if kms_key:
        statements.append(
            iam.PolicyStatement(
                sid="Encrypt",
                # A multipart upload needs kms:Decrypt.
                actions=["kms:GenerateDataKey", "kms:Decrypt"],
                resources=[kms_key],
            )
        )
    policy = iam.ManagedPolicy(
        scope,
        "Uploader",
        # IAM would replace the policy, attached or not, if this text changed.
        description="Upload pictures; read, list and delete nothing.",
        statements=statements,
    )
    acknowledge(
        policy,
        dict.fromkeys(
            object_findings(bucket_arn(original_name)),
            "Whoever uploads chooses the keys.",
        ),
    )
    cdk.CfnOutput(
        scope,
        "UploaderPolicyArn",
        value=policy.managed_policy_arn,
        description="Policy to attach to whoever uploads",
    )
