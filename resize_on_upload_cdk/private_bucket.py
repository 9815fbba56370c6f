"""What all buckets of the stack have: no public access, TLS, a policy for deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from resize_on_upload_cdk.nag import acknowledge

if TYPE_CHECKING:
    from constructs import Construct


def private_bucket(
    scope: Construct, construct_id: str, *, delete: bool, unlogged: str, **options: Any
) -> s3.Bucket:
    """Create a bucket that nobody reaches without permission.

    Args:
        scope: What it belongs to.
        construct_id: Its ID there.
        delete: Whether it is deleted with the stack, with all objects.
        unlogged: Why it has no access logs.
        options: Those of `s3.Bucket` in which the buckets differ.
    """
    policy = cdk.RemovalPolicy.DESTROY if delete else cdk.RemovalPolicy.RETAIN
    bucket = s3.Bucket(
        scope,
        construct_id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        removal_policy=policy,
        auto_delete_objects=True if delete else None,
        **options,
    )
    acknowledge(bucket, {"AwsSolutions-S1": unlogged})
    return bucket
