"""The stack: the buckets, the function, monitoring and the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from resize_on_upload import __version__
from stacks import buckets, cdk_functions
from stacks.batch_role import Backfill
from stacks.delivery.delivery import Delivery
from stacks.function import BucketNames
from stacks.monitoring.dashboard import dashboard_url
from stacks.monitoring.monitoring import Monitoring
from stacks.resizer import Resizer
from stacks.uploader_policy import uploader_policy

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.configuration.settings import Settings


class ResizeStack(cdk.Stack):
    """Upload an image to one bucket; find a variant per size in the other."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, **kwargs: Any
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Upload an image to one bucket; find every size in another.",
            **kwargs,
        )
        prefix = settings.bucket_prefix or buckets.default_prefix(
            settings.stack_name, cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION
        )
        original_name = settings.original_bucket or f"{prefix}-original"
        resized_name, jobs_name = f"{prefix}-resized", f"{prefix}-jobs"
        resizer = Resizer(
            self,
            "Resizer",
            settings=settings,
            original_name=original_name,
            resized_name=resized_name,
        )
        if settings.original_bucket:
            buckets.notify_from_existing(self, original_name, resizer, settings)
        else:
            buckets.original_bucket(self, original_name, resizer, settings)
        resized = buckets.resized_bucket(self, resized_name, settings)
        buckets.jobs_bucket(self, jobs_name, settings)
        self._output_buckets(original_name, resized_name, jobs_name)
        self._output_function(resizer)
        delivery: Delivery | None = None
        if settings.delivery:
            names = BucketNames(original_name, resized_name)
            delivery = Delivery.create(self, names, resized, resizer.function, settings)
            delivery.let_invalidate(resizer.role, settings)
            self._output(**delivery.outputs())
        self._operations(jobs_name, resizer, delivery, settings)
        if settings.uploader_policy:
            uploader_policy(self, original_name, settings.original_kms_key)
        cdk_functions.restrict(self, settings.log_retention_days)

    def _operations(
        self,
        jobs_name: str,
        resizer: Resizer,
        delivery: Delivery | None,
        settings: Settings,
    ) -> None:
        """Add what operators need: backfills, alarms and the dashboard."""
        backfill = Backfill(
            self, "Backfill", jobs_name=jobs_name, function=resizer.function
        )
        monitoring = Monitoring(
            self,
            "Monitoring",
            settings=settings,
            resizer=resizer,
            delivery=delivery,
        )
        self._output(
            BatchRoleArn=(
                backfill.role.role_arn,
                "Role that S3 Batch Operations assumes for a backfill",
            ),
            AlarmTopicArn=(
                monitoring.topic.topic_arn,
                "Topic that alarms notify; subscribe to it",
            ),
        )
        if board := monitoring.dashboard:
            url = dashboard_url(board)
            self._output(DashboardUrl=(url, "The CloudWatch dashboard"))

    def _output_buckets(self, original: str, resized: str, jobs: str) -> None:
        self._output(
            OriginalBucketName=(original, "Upload images here"),
            ResizedBucketName=(resized, "Variants appear here"),
            JobsBucketName=(jobs, "Lists and reports of backfills, kept for 30 days"),
            TryIt=(
                (
                    f"aws s3 cp photo.jpg s3://{original}/ && sleep 5 && "
                    f"aws s3 ls --recursive s3://{resized}/"
                ),
                "Upload an image and list its variants",
            ),
        )

    def _output_function(self, resizer: Resizer) -> None:
        self._output(
            FunctionName=(resizer.function.function_name, "The function that resizes"),
            Version=(__version__, "The deployed version of resize-on-upload"),
            LogGroupName=(
                resizer.log_group.log_group_name,
                "One JSON line per upload",
            ),
            FailedQueueUrl=(
                resizer.failed_queue.queue_url,
                "Uploads that failed for an internal reason, after all retries",
            ),
            RejectedQueueUrl=(
                resizer.rejected_queue.queue_url,
                "A record of every rejected upload",
            ),
        )

    def _output(self, **outputs: tuple[str, str]) -> None:
        """Add outputs: name → value and description. Scripts rely on the names."""
        for name, (value, description) in outputs.items():
            cdk.CfnOutput(self, name, value=value, description=description)
