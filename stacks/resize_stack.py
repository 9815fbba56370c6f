"""The stack: two buckets, the resizer between them, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from resize_on_upload import __version__
from stacks import buckets, cdk_functions, dashboard
from stacks.batch_role import Backfill
from stacks.monitoring import Monitoring
from stacks.resizer import Resizer
from stacks.uploader_policy import uploader_policy

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings


class ResizeStack(cdk.Stack):
    """Upload to one bucket, find every configured size in the other."""

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
            buckets.listen_to_existing(self, original_name, resizer, settings)
        else:
            buckets.original(self, original_name, resizer, settings)
        buckets.resized(self, resized_name, settings)
        buckets.jobs(self, jobs_name, settings)
        self._outputs_of_buckets(original_name, resized_name, jobs_name)
        self._outputs_of_the_function(resizer)
        self._operations(jobs_name, resizer, settings)
        if settings.uploader_policy:
            uploader_policy(self, original_name, settings.original_kms_key)
        cdk_functions.bound(self, settings.log_retention_days)

    def _operations(self, jobs_name: str, resizer: Resizer, settings: Settings) -> None:
        """What is needed to run it: backfills and alarms."""
        backfill = Backfill(
            self, "Backfill", jobs_name=jobs_name, function=resizer.function
        )
        monitoring = Monitoring(self, "Monitoring", settings=settings, resizer=resizer)
        self._output(
            BatchRoleArn=(
                backfill.role.role_arn,
                "What S3 Batch Operations runs a backfill as",
            ),
            AlarmTopicArn=(
                monitoring.topic.topic_arn,
                "Where alarms go; subscribe to be told",
            ),
        )
        if board := monitoring.dashboard:
            self._output(DashboardUrl=(dashboard.url(board), "Open it in a browser"))

    def _outputs_of_buckets(self, original: str, resized: str, jobs: str) -> None:
        self._output(
            OriginalBucketName=(original, "Upload pictures here"),
            ResizedBucketName=(resized, "Every size appears here"),
            JobsBucketName=(jobs, "Lists and reports of backfills, for 30 days"),
            TryIt=(
                (
                    f"aws s3 cp photo.jpg s3://{original}/ && sleep 5 && "
                    f"aws s3 ls --recursive s3://{resized}/"
                ),
                "Upload a picture of yours and list its sizes",
            ),
        )

    def _outputs_of_the_function(self, resizer: Resizer) -> None:
        self._output(
            FunctionName=(resizer.function.function_name, "The resizing function"),
            Version=(__version__, "The deployed version of resize-on-upload"),
            LogGroupName=(
                resizer.log_group.log_group_name,
                "One JSON line for every upload",
            ),
            FailedQueueUrl=(
                resizer.failed_queue.queue_url,
                "Uploads that failed on our side, after their retries",
            ),
            RejectedQueueUrl=(
                resizer.rejected_queue.queue_url,
                "A record of every upload that cannot be resized",
            ),
        )

    def _output(self, **outputs: tuple[str, str]) -> None:
        """Name → value and description; scripts read them, so names stay."""
        for name, (value, description) in outputs.items():
            cdk.CfnOutput(self, name, value=value, description=description)
