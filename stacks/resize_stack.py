"""The stack: two buckets, the resizer between them, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications

from stacks.reasons import acknowledge
from stacks.resizer import Resizer

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
        prefix = settings.bucket_prefix or (
            f"resize-{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}"
        )
        original_name = settings.original_bucket or f"{prefix}-original"
        resized_name = f"{prefix}-resized"
        resizer = Resizer(
            self,
            "Resizer",
            settings=settings,
            original_name=original_name,
            resized_name=resized_name,
        )
        if settings.original_bucket:
            self._listen_to_existing(original_name, resizer)
        else:
            self._original(original_name, resizer, settings)
        self._bucket("Resized", resized_name, settings)
        self._outputs(original_name, resized_name, resizer)

    def _original(self, name: str, resizer: Resizer, settings: Settings) -> None:
        """The bucket to upload to, telling the function of every new object.

        The notification stands in the bucket's own resource. CDK's helper for it would
        add a second function with rights on every bucket. Versioned: without versions
        S3 may send one event for two writes to a key.
        """
        bucket = self._bucket("Original", name, settings, versioned=True)
        resource = cast("s3.CfnBucket", bucket.node.default_child)
        resource.notification_configuration = (
            s3.CfnBucket.NotificationConfigurationProperty(
                lambda_configurations=[
                    s3.CfnBucket.LambdaConfigurationProperty(
                        event="s3:ObjectCreated:*",
                        function=resizer.function.function_arn,
                    )
                ]
            )
        )
        resource.add_dependency(resizer.let_original_bucket_invoke())

    def _listen_to_existing(self, name: str, resizer: Resizer) -> None:
        """Add our notification to a bucket that is not ours to define."""
        bucket = s3.Bucket.from_bucket_name(self, "Original", name)
        bucket.add_event_notification(
            s3.EventType.OBJECT_CREATED,
            notifications.LambdaDestination(resizer.function),
        )
        acknowledge(
            self,
            {
                "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
                "service-role/AWSLambdaBasicExecutionRole]": "CDK's own helper, which "
                "CloudFormation needs to change a bucket that it does not own."
            },
        )

    def _bucket(
        self,
        construct_id: str,
        name: str,
        settings: Settings,
        *,
        versioned: bool = False,
    ) -> s3.Bucket:
        keep = not settings.delete_buckets_on_destroy
        bucket = s3.Bucket(
            self,
            construct_id,
            bucket_name=name,
            versioned=versioned,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=(
                cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY
            ),
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

    def _outputs(self, original_name: str, resized_name: str, resizer: Resizer) -> None:
        outputs = {
            "OriginalBucketName": (original_name, "Upload pictures here"),
            "ResizedBucketName": (resized_name, "Every size appears here"),
            "FunctionName": (resizer.function.function_name, "The resizing function"),
            "LogGroupName": (
                resizer.log_group.log_group_name,
                "One JSON line for every upload",
            ),
            "FailedQueueUrl": (
                resizer.failed_queue.queue_url,
                "Uploads that failed on our side, after their retries",
            ),
            "TryIt": (
                (
                    f"aws s3 cp photo.jpg s3://{original_name}/ && sleep 5 && "
                    f"aws s3 ls --recursive s3://{resized_name}/"
                ),
                "Upload a picture of yours and list its sizes",
            ),
        }
        for name, (value, description) in outputs.items():
            cdk.CfnOutput(self, name, value=value, description=description)
