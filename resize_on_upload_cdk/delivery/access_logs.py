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
from resize_on_upload_cdk.private_bucket import private_bucket

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
    return private_bucket(
        scope,
        "AccessLogs",
        delete=settings.on_destroy == DELETE_ALL,
        unlogged="This is the bucket of the access logs.",
        encryption=s3.BucketEncryption.S3_MANAGED,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="Expire",
                expiration=cdk.Duration.days(DAYS),
                abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
            )
        ],
    )
