"""The buckets: originals, sizes, and the lists and reports of backfills."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications

from stacks.context import DEFAULT_STACK, DELETE_ALL, DELETE_RESIZED
from stacks.nag import acknowledge

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.resizer import Resizer
    from stacks.settings import Settings

_LONGEST_STACK = 18
"""A bucket name has 63 characters; account, region and what is fixed take 45."""

_WRITTEN = {
    s3.EventType.OBJECT_CREATED: "s3:ObjectCreated:*",
    s3.EventType.OBJECT_RESTORE_COMPLETED: "s3:ObjectRestore:Completed",
}
_DELETED = {
    s3.EventType.OBJECT_REMOVED: "s3:ObjectRemoved:*",
    s3.EventType.LIFECYCLE_EXPIRATION: "s3:LifecycleExpiration:*",
}


def default_prefix(stack: str, account: str, region: str) -> str:
    """What the names of a stack's buckets begin with: no other stack's do.

    A name that S3 would not take, or that is too long for it, becomes its beginning and
    a hash.
    """
    if stack == DEFAULT_STACK:
        return f"resize-{account}-{region}"
    if stack != stack.lower() or len(stack) > _LONGEST_STACK:
        digest = hashlib.sha256(stack.encode()).hexdigest()[:8]
        stack = f"{stack.lower()[: _LONGEST_STACK - 9]}-{digest}"
    return f"resize-{stack}-{account}-{region}"


def original(scope: Construct, name: str, resizer: Resizer, settings: Settings) -> None:
    """The bucket to upload to, telling the function of every change.

    The notification stands in the bucket's own resource; CDK's way would add a second
    function. Versioned: without versions S3 may send one event for two writes to a key.
    """
    bucket = _bucket(
        scope,
        "Original",
        name,
        settings,
        versioned=True,
        kms_key=settings.original_kms_key,
        deleted_by=(DELETE_ALL,),
    )
    resource = cast("s3.CfnBucket", bucket.node.default_child)
    resource.notification_configuration = (
        s3.CfnBucket.NotificationConfigurationProperty(
            lambda_configurations=[
                s3.CfnBucket.LambdaConfigurationProperty(
                    event=event,
                    function=resizer.function.function_arn,
                )
                for event in _events(settings).values()
            ]
        )
    )
    resource.add_resource_dependency(resizer.let_original_bucket_invoke())


def listen_to_existing(
    scope: Construct, name: str, resizer: Resizer, settings: Settings
) -> None:
    """Add our notification to a bucket that is not ours to define."""
    bucket = s3.Bucket.from_bucket_name(scope, "Original", name)
    for event in _events(settings):
        bucket.add_event_notification(
            event, notifications.LambdaDestination(resizer.function)
        )
    acknowledge(
        scope,
        {
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
            "service-role/AWSLambdaBasicExecutionRole]": "cdk_functions.py replaces "
            "it; the check does not see overrides."
        },
    )


def resized(scope: Construct, name: str, settings: Settings) -> None:
    """The bucket of sizes."""
    bucket = _bucket(scope, "Resized", name, settings, kms_key=settings.resized_kms_key)
    if days := settings.resized_expiration_days:
        bucket.add_lifecycle_rule(id="Expire", expiration=cdk.Duration.days(days))
        cdk.CfnOutput(
            scope,
            "ResizedExpirationDays",
            value=str(days),
            description="S3 removes a size after so many days",
        )


def jobs(scope: Construct, name: str, settings: Settings) -> None:
    """The bucket of backfills' lists and reports."""
    bucket = _bucket(scope, "Jobs", name, settings)
    bucket.add_lifecycle_rule(id="Expire", expiration=cdk.Duration.days(30))


def _bucket(  # noqa: PLR0913 - each is a choice of one of the three
    scope: Construct,
    construct_id: str,
    name: str,
    settings: Settings,
    *,
    versioned: bool = False,
    kms_key: str | None = None,
    deleted_by: tuple[str, ...] = (DELETE_RESIZED, DELETE_ALL),
) -> s3.Bucket:
    delete = settings.on_destroy in deleted_by
    bucket = s3.Bucket(
        scope,
        construct_id,
        bucket_name=name,
        versioned=versioned,
        **_encrypted(scope, construct_id, kms_key),
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=(
            cdk.RemovalPolicy.DESTROY if delete else cdk.RemovalPolicy.RETAIN
        ),
        auto_delete_objects=True if delete else None,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="AbortIncompleteUploads",
                abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
            )
        ],
    )
    acknowledge(
        bucket,
        {
            "AwsSolutions-S1": "Access logs need a bucket that grows for ever; who "
            "must keep them has CloudTrail data events or a log bucket already."
        },
    )
    return bucket


def _encrypted(
    scope: Construct, construct_id: str, kms_key: str | None
) -> dict[str, Any]:
    """By S3's own key, or by one of the account's."""
    if not kms_key:
        return {"encryption": s3.BucketEncryption.S3_MANAGED}
    return {
        "encryption": s3.BucketEncryption.KMS,
        "encryption_key": kms.Key.from_key_arn(scope, f"{construct_id}Key", kms_key),
        "bucket_key_enabled": True,  # one call to KMS for many objects
    }


def _events(settings: Settings) -> dict[s3.EventType, str]:
    """What S3 tells the function of, as CDK and as S3 name it.

    A version's deletion may bring an older one back, so it is a change like any other.
    """
    return _WRITTEN | (_DELETED if settings.mirror_deletes else {})
