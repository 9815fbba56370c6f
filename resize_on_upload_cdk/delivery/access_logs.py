"""The bucket of access logs.

CloudFront's newer way of logging (v2) is configured in us-east-1 only, the older one in
every region that is enabled by default; it needs a bucket with access control lists.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from resize_on_upload_cdk.configuration.context import DELETE_ALL
from resize_on_upload_cdk.nag import acknowledge

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

DAYS = 30


def bucket(scope: Construct, settings: Settings) -> s3.Bucket | None:
    """The bucket; None without logs.

    CloudFormation names it: with a fixed name, logs could not be turned on again
    after they were turned off, as the bucket stays.
    """
    if not settings.access_logs:
        return None
    delete = settings.on_destroy == DELETE_ALL
    logs = s3.Bucket(
        scope,
        "AccessLogs",
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
        removal_policy=(
            cdk.RemovalPolicy.DESTROY if delete else cdk.RemovalPolicy.RETAIN
        ),
        auto_delete_objects=True if delete else None,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="Expire",
                expiration=cdk.Duration.days(DAYS),
                abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
            )
        ],
    )
    acknowledge(logs, {"AwsSolutions-S1": "This is the bucket of the access logs."})
    return logs
