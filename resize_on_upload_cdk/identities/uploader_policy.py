"""An IAM policy for whoever uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from resize_on_upload_cdk.functions.function import bucket_arn
from resize_on_upload_cdk.identities.grants import uploads
from resize_on_upload_cdk.nag import acknowledge, object_findings

if TYPE_CHECKING:
    from constructs import Construct


def uploader_policy(
    scope: Construct, original_name: str, kms_key: str | None
) -> iam.ManagedPolicy:
    """What a person or server needs to upload, and to sign forms for others."""
    original_arn = bucket_arn(original_name)
    policy = iam.ManagedPolicy(
        scope,
        "Uploader",
        # IAM would replace the policy, attached or not, if this text changed.
        description="Upload pictures; read, list and delete nothing.",
        statements=[
            iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
            for sid, (actions, resource) in uploads(original_arn, kms_key).items()
        ],
    )
    acknowledge(
        policy,
        dict.fromkeys(
            object_findings(scope, original_arn),
            "Whoever uploads chooses the keys.",
        ),
    )
    return policy
