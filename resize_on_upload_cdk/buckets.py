"""The buckets: originals, variants, and the lists and reports of backfills."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from resize_on_upload_cdk.configuration.context import (
    DEFAULT_STACK_NAME,
    DELETE_ALL,
    DELETE_RESIZED,
)
from resize_on_upload_cdk.intake import notifications
from resize_on_upload_cdk.inventory import tables
from resize_on_upload_cdk.private_bucket import private_bucket

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.intake.queue import IntakeQueue

_MAX_STACK_NAME = 18
"""A bucket name has at most 63 characters; account, region and fixed parts take 45."""


def default_prefix(stack: str, account: str, region: str) -> str:
    """A prefix for the names of a stack's buckets that no other stack uses.

    A stack name that is too long, or that S3 does not allow, is cut and gets a hash.
    """
    if stack == DEFAULT_STACK_NAME:
        return f"resize-{account}-{region}"
    if stack != stack.lower() or len(stack) > _MAX_STACK_NAME:
        digest = hashlib.sha256(stack.encode()).hexdigest()[:8]
        stack = f"{stack.lower()[: _MAX_STACK_NAME - 9]}-{digest}"
    return f"resize-{stack}-{account}-{region}"


class Names(NamedTuple):
    """The names of the buckets, known before the buckets are."""

    original: str
    resized: str
    jobs: str


def names(settings: Settings) -> Names:
    """The names of a deployment's buckets."""
    prefix = settings.bucket_prefix or default_prefix(
        settings.stack_name, cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION
    )
    original = settings.original_bucket or f"{prefix}-original"
    return Names(original, f"{prefix}-resized", f"{prefix}-jobs")


def original_bucket(
    scope: Construct,
    name: str,
    resizer: Resizer,
    queue: IntakeQueue | None,
    settings: Settings,
) -> s3.Bucket:
    """The bucket to upload to; every change invokes the function.

    Without versions S3 may send one event for two writes to a key.
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
    notifications.notify_of_new(bucket, resizer, queue, settings)
    _add_tables(bucket, settings, settings.original_kms_key)
    return bucket


def existing_bucket(scope: Construct, bucket: s3.IBucket | str) -> s3.IBucket:
    """A bucket of which perhaps only the name is known."""
    if isinstance(bucket, str):
        return s3.Bucket.from_bucket_name(scope, "Original", bucket)
    return bucket


def resized_bucket(scope: Construct, name: str, settings: Settings) -> s3.Bucket:
    """The bucket of variants."""
    bucket = _bucket(scope, "Resized", name, settings, kms_key=settings.resized_kms_key)
    if days := settings.resized_expiration_days:
        bucket.add_lifecycle_rule(id="Expire", expiration=cdk.Duration.days(days))
    _add_tables(bucket, settings, settings.resized_kms_key)
    return bucket


def jobs_bucket(scope: Construct, name: str, settings: Settings) -> None:
    """The bucket of the lists and reports of backfills."""
    bucket = _bucket(scope, "Jobs", name, settings)
    bucket.add_lifecycle_rule(id="Expire", expiration=cdk.Duration.days(30))


def _bucket(  # noqa: PLR0913 - the buckets differ in each of them
    scope: Construct,
    construct_id: str,
    name: str,
    settings: Settings,
    *,
    versioned: bool = False,
    kms_key: str | None = None,
    deleted_by: tuple[str, ...] = (DELETE_RESIZED, DELETE_ALL),
) -> s3.Bucket:
    return private_bucket(
        scope,
        construct_id,
        delete=settings.on_destroy in deleted_by,
        unlogged="Access logs need a bucket that grows without limit; "
        "whoever must keep them has CloudTrail data events or a log bucket already.",
        bucket_name=name,
        versioned=versioned,
        **_encrypted(scope, construct_id, kms_key),
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="AbortIncompleteUploads",
                abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
            )
        ],
    )


def _add_tables(bucket: s3.Bucket, settings: Settings, kms_key: str | None) -> None:
    if settings.inventory_tables:
        tables.add(bucket, kms_key)


def _encrypted(
    scope: Construct, construct_id: str, kms_key: str | None
) -> dict[str, Any]:
    """Encryption with S3's own key, or with a key of the account."""
    if not kms_key:
        return {"encryption": s3.BucketEncryption.S3_MANAGED}
    return {
        "encryption": s3.BucketEncryption.KMS,
        "encryption_key": kms.Key.from_key_arn(scope, f"{construct_id}Key", kms_key),
        "bucket_key_enabled": True,  # one call to KMS for many objects
    }
