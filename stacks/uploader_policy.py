"""What a person or a server needs to upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from stacks.function import bucket_arn
from stacks.nag import acknowledge, objects_of

if TYPE_CHECKING:
    from constructs import Construct


def uploader_policy(scope: Construct, original_name: str, kms_key: str | None) -> None:
    """What a person or a server needs to upload, and to sign forms for others."""
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
                # The second for the parts of a large upload.
                actions=["kms:GenerateDataKey", "kms:Decrypt"],
                resources=[kms_key],
            )
        )
    policy = iam.ManagedPolicy(
        scope,
        "Uploader",
        description="Upload pictures; read, list and delete nothing.",
        statements=statements,
    )
    acknowledge(
        policy,
        dict.fromkeys(
            objects_of(bucket_arn(original_name)),
            "Whoever uploads names the objects.",
        ),
    )
    cdk.CfnOutput(
        scope,
        "UploaderPolicyArn",
        value=policy.managed_policy_arn,
        description="Attach it to those who upload",
    )
