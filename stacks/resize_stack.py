"""The stack: two buckets, the resizer between them, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications

from stacks.backfill import Backfill
from stacks.monitoring import Monitoring
from stacks.reasons import acknowledge, objects_of
from stacks.resizer import Resizer, bucket_arn

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
            self._listen_to_existing(original_name, resizer, settings)
        else:
            self._original(original_name, resizer, settings)
        self._resized(resized_name, settings)
        jobs_name = self._jobs(f"{prefix}-jobs", settings)
        backfill = Backfill(
            self,
            "Backfill",
            jobs_name=jobs_name,
            function=resizer.function,
        )
        monitoring = Monitoring(self, "Monitoring", settings=settings, resizer=resizer)
        self._outputs(original_name, resized_name, jobs_name, resizer, backfill)
        if settings.uploader_policy:
            self._uploader_policy(original_name)
        cdk.CfnOutput(
            self,
            "AlarmTopicArn",
            value=monitoring.topic.topic_arn,
            description="Where alarms go; subscribe to be told",
        )

    def _original(self, name: str, resizer: Resizer, settings: Settings) -> None:
        """The bucket to upload to, telling the function of every change.

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
                        event=event,
                        function=resizer.function.function_arn,
                    )
                    for event in _events(settings).values()
                ]
            )
        )
        resource.add_resource_dependency(resizer.let_original_bucket_invoke())

    def _resized(self, name: str, settings: Settings) -> None:
        """The bucket of sizes; where wanted, S3 tells EventBridge of each."""
        bucket = self._bucket("Resized", name, settings)
        if days := settings.resized_expiration_days:
            bucket.add_lifecycle_rule(id="Expire", expiration=cdk.Duration.days(days))
            cdk.CfnOutput(
                self,
                "ResizedExpirationDays",
                value=str(days),
                description="S3 removes a size after so many days",
            )
        if settings.resized_events:
            resource = cast("s3.CfnBucket", bucket.node.default_child)
            resource.notification_configuration = (
                s3.CfnBucket.NotificationConfigurationProperty(
                    event_bridge_configuration=(
                        s3.CfnBucket.EventBridgeConfigurationProperty(
                            event_bridge_enabled=True
                        )
                    )
                )
            )

    def _listen_to_existing(
        self, name: str, resizer: Resizer, settings: Settings
    ) -> None:
        """Add our notification to a bucket that is not ours to define."""
        bucket = s3.Bucket.from_bucket_name(self, "Original", name)
        for event in _events(settings):
            bucket.add_event_notification(
                event, notifications.LambdaDestination(resizer.function)
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

    def _uploader_policy(self, original_name: str) -> None:
        """What a person or a server needs to upload, and to sign forms for others."""
        objects = f"{bucket_arn(original_name)}/*"
        policy = iam.ManagedPolicy(
            self,
            "Uploader",
            description="Upload pictures; read, list and delete nothing.",
            statements=[
                iam.PolicyStatement(
                    sid="Upload",
                    actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                    resources=[objects],
                )
            ],
        )
        acknowledge(
            policy,
            dict.fromkeys(
                objects_of(bucket_arn(original_name)),
                "Whoever uploads names the objects.",
            ),
        )
        cdk.CfnOutput(
            self,
            "UploaderPolicyArn",
            value=policy.managed_policy_arn,
            description="Attach it to those who upload",
        )

    def _jobs(self, name: str, settings: Settings) -> str:
        """The bucket of backfills' lists and reports; its name."""
        bucket = self._bucket("Jobs", name, settings)
        bucket.add_lifecycle_rule(id="Expire", expiration=cdk.Duration.days(30))
        return name

    def _outputs(
        self,
        original_name: str,
        resized_name: str,
        jobs_name: str,
        resizer: Resizer,
        backfill: Backfill,
    ) -> None:
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
            "RejectedQueueUrl": (
                resizer.rejected_queue.queue_url,
                "A record of every upload that cannot be resized",
            ),
            "JobsBucketName": (
                jobs_name,
                "Lists and reports of backfills, for 30 days",
            ),
            "BatchRoleArn": (
                backfill.role.role_arn,
                "What S3 Batch Operations runs a backfill as",
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


_WRITTEN = {
    s3.EventType.OBJECT_CREATED: "s3:ObjectCreated:*",
    s3.EventType.OBJECT_RESTORE_COMPLETED: "s3:ObjectRestore:Completed",
}
_DELETED = {
    s3.EventType.OBJECT_REMOVED: "s3:ObjectRemoved:*",
    s3.EventType.LIFECYCLE_EXPIRATION: "s3:LifecycleExpiration:*",
}


def _events(settings: Settings) -> dict[s3.EventType, str]:
    """What S3 tells the function of, as CDK and as S3 name it.

    A version's deletion may bring an older one back, so it is a change like any other.
    """
    return _WRITTEN | (_DELETED if settings.mirror_deletes else {})
