"""Permissions for those who upload, and for those who read variants."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from resize_on_upload_cdk.functions.function import Grants


def uploads(original_arn: str, kms_key: str | None) -> Grants:
    """Permission to upload, and to sign forms for others."""
    found: Grants = {
        "Upload": (["s3:PutObject", "s3:AbortMultipartUpload"], f"{original_arn}/*")
    }
    if kms_key:
        # A multipart upload needs kms:Decrypt.
        found["Encrypt"] = (["kms:GenerateDataKey", "kms:Decrypt"], kms_key)
    return found


def reads(resized_arn: str, kms_key: str | None) -> Grants:
    """Permission to list and read variants."""
    found: Grants = {
        "Read": (["s3:GetObject"], f"{resized_arn}/*"),
        "List": (["s3:ListBucket"], resized_arn),
    }
    if kms_key:
        found["Decrypt"] = (["kms:Decrypt"], kms_key)
    return found


def give(grantee: iam.IGrantable, grants: Grants) -> iam.Grant:
    """Give permissions to a role, a user or a group."""
    given = (
        iam.Grant.add_to_principal(
            grantee=grantee, actions=actions, resource_arns=[arn]
        )
        for actions, arn in grants.values()
    )
    return reduce(iam.Grant.combine, given)
