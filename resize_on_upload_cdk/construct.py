"""The construct: the buckets, the function, monitoring and delivery."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aws_cdk import Annotations
from constructs import Construct

from resize_on_upload_cdk import buckets, outputs
from resize_on_upload_cdk.arguments import reader
from resize_on_upload_cdk.backfills.batch_role import Backfill
from resize_on_upload_cdk.configuration.sizes_source import SizesSource
from resize_on_upload_cdk.delivery.delivery import Delivery
from resize_on_upload_cdk.functions.function import BucketNames
from resize_on_upload_cdk.functions.resizer import Resizer
from resize_on_upload_cdk.identities import uploader_policy
from resize_on_upload_cdk.identities.grants import give, reads, uploads
from resize_on_upload_cdk.intake import notifications
from resize_on_upload_cdk.intake import queue as intake_queue
from resize_on_upload_cdk.inventory import notices, workgroup
from resize_on_upload_cdk.monitoring.monitoring import Monitoring

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from aws_cdk import aws_cloudfront as cloudfront
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    from resize_on_upload_cdk.arguments.options import Options
    from resize_on_upload_cdk.configuration.sizes_source import Sizes


class ResizeOnUpload(Construct):
    """Upload an image to one bucket; find a variant per size in the other.

    Attributes:
        original_bucket: The bucket to upload to.
        resized_bucket: The bucket of the variants.
        function: The function that resizes.
        failed_queue: Uploads that failed for an internal reason, after all retries.
        rejected_queue: A record of every rejected upload.
        alarm_topic: What the alarms notify.
        log_retention_days: Days that CloudWatch keeps the logs.
        distribution: What serves the variants; None without delivery.
    """

    original_bucket: s3.IBucket
    resized_bucket: s3.IBucket
    function: lambda_.IFunction
    failed_queue: sqs.IQueue
    rejected_queue: sqs.IQueue
    alarm_topic: sns.ITopic
    distribution: cloudfront.IDistribution | None

    def __init__(  # noqa: PLR0913 - the others are options, of which each has a type
        self,
        scope: Construct,
        construct_id: str,
        *,
        sizes: Sizes,
        original_bucket: s3.IBucket | str | None = None,
        watermarks: str | Path = "",
        alarm_topic: sns.ITopic | None = None,
        name: str = "",
        outputs: bool = False,
        **options: Unpack[Options],
    ) -> None:
        """Add everything to a stack.

        Args:
            scope: The stack, or a construct in it.
            construct_id: Different from its neighbours'.
            sizes: The path of a sizes.json, its content, or the list in it.
            original_bucket: An existing bucket, or its name, in place of a new one.
            watermarks: The folder of the watermarks' files; by default the working
                directory.
            alarm_topic: A topic in place of a new one.
            name: What the names of buckets and alarms begin with, if not with the path
                of the construct.
            outputs: Whether to write the outputs that the command line needs. Their
                names are the same for each construct, so one of a stack can.
            options: The settings of docs/configuration.md.

        Raises:
            ConfigurationError: the arguments have mistakes; the message lists all.
        """
        super().__init__(scope, construct_id)
        source = SizesSource.of_argument(sizes, watermarks)
        given = {**options, "name": name, "outputs": outputs}
        settings = reader.read(self, source, original_bucket, given)
        self._settings = replace(settings, has_outputs=outputs)
        for warning in settings.warnings:
            Annotations.of(self).add_warning_v2("resize-on-upload:sizes", warning)
        self.log_retention_days = settings.log_retention_days
        self._names = buckets.names(self._settings)
        self._add_resizer(original_bucket)
        self._delivery = self._add_delivery()
        self._add_operations(alarm_topic)
        self._uploader_policy = self._add_uploader_policy()
        if outputs:
            self._write_outputs()

    def grant_upload(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a person or a program upload; read, list and delete nothing."""
        key = self._settings.original_kms_key
        return give(grantee, uploads(self.original_bucket.bucket_arn, key))

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a person or a program list and read variants."""
        key = self._settings.resized_kms_key
        return give(grantee, reads(self.resized_bucket.bucket_arn, key))

    def _add_resizer(self, existing: s3.IBucket | str | None) -> None:
        settings, names = self._settings, self._names
        self._resizer = resizer = Resizer(
            self,
            "Resizer",
            settings=settings,
            original_name=names.original,
            resized_name=names.resized,
        )
        self._intake = queue = intake_queue.create(
            self, resizer, names.original, settings
        )
        if existing:
            self.original_bucket = buckets.existing_bucket(self, existing)
            notifications.notify_of_existing(
                self.original_bucket, resizer, queue, settings
            )
        else:
            self.original_bucket = buckets.original_bucket(
                self, names.original, resizer, queue, settings
            )
        self.resized_bucket = buckets.resized_bucket(self, names.resized, settings)
        buckets.jobs_bucket(self, names.jobs, settings)
        self.function = resizer.function
        self.failed_queue = resizer.failed_queue
        self.rejected_queue = resizer.rejected_queue

    def _add_delivery(self) -> Delivery | None:
        self.distribution = None
        if not self._settings.delivery:
            return None
        delivery = Delivery.create(
            self,
            BucketNames(self._names.original, self._names.resized),
            self.resized_bucket,
            self._resizer.function,
            self._settings,
        )
        delivery.let_invalidate(self._resizer.role, self._settings)
        delivery = delivery.with_upload_page(
            self, self._names.original, self.original_bucket, self._settings
        )
        self.distribution = delivery.distribution.distribution
        return delivery

    def _add_operations(self, alarm_topic: sns.ITopic | None) -> None:
        """Add what operators need: backfills, alarms and the dashboard."""
        self._backfill = Backfill(
            self,
            "Backfill",
            settings=self._settings,
            original_name=self._names.original,
            jobs_name=self._names.jobs,
            function=self._resizer.function_of_backfills,
        )
        self._workgroup = workgroup.create(self, self._settings, self._names.jobs)
        notices.warn(self, self._settings)
        self._monitoring = Monitoring(
            self,
            "Monitoring",
            settings=self._settings,
            resizer=self._resizer,
            delivery=self._delivery,
            sweep=self._backfill.sweep,
            intake=self._intake,
            topic=alarm_topic,
        )
        self.alarm_topic = self._monitoring.topic

    def _add_uploader_policy(self) -> iam.ManagedPolicy | None:
        if not self._settings.uploader_policy:
            return None
        key = self._settings.original_kms_key
        return uploader_policy.uploader_policy(self, self._names.original, key)

    def _write_outputs(self) -> None:
        policy = self._uploader_policy
        outputs.write(
            self,
            {
                **outputs.of_buckets(*self._names),
                **outputs.of_resizer(self._resizer, self._intake),
                **(self._delivery.outputs() if self._delivery else {}),
                **outputs.of_backfills(self._resizer, self._backfill),
                **outputs.of_monitoring(self._monitoring),
                **outputs.of_optional_parts(
                    self._settings.resized_expiration_days,
                    policy.managed_policy_arn if policy else None,
                    self._workgroup.ref if self._workgroup else None,
                ),
            },
        )
