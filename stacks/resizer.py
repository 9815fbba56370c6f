"""The function: its image, its rights, its trigger and its queues."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from resize_on_upload.settings import DECODER_REUSE
from resize_on_upload.storage.carry_over import TAG_PREFIX
from stacks.nag import acknowledge, objects_of

if TYPE_CHECKING:
    from stacks.settings import Settings

IMAGE = Path(__file__).parent.parent / "lambda" / "resize_on_upload"
RETRIES = 2
MAX_AGE = cdk.Duration.hours(6)


class Resizer(Construct):
    """Reads one bucket, writes another, and can do nothing else."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        original_name: str,
        resized_name: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._original_arn = bucket_arn(original_name)
        self._resized_arn = bucket_arn(resized_name)
        self.log_group = self._log_group(settings.log_retention_days)
        self.failed_queue = self._queue("Failed")
        self.rejected_queue = self._queue("Rejected")
        self.role = self._role(settings)
        self.function = self._function(settings, original_name, resized_name)

    def _log_group(self, days: int) -> logs.LogGroup:
        group = logs.LogGroup(self, "Logs", removal_policy=cdk.RemovalPolicy.DESTROY)
        cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = days
        return group

    def _queue(self, construct_id: str) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(
            queue,
            {"AwsSolutions-SQS3": "Uploads end here; no program receives from it."},
        )
        return queue

    def _role(self, settings: Settings) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Reads originals, writes resized objects and its own log.",
        )
        grants = {
            "ReadOriginals": (["s3:GetObject"], f"{self._original_arn}/*"),
            # Without it a missing key answers 403, not 404.
            "TellMissingFromForbidden": (["s3:ListBucket"], self._original_arn),
            "WriteResized": (
                # A conditional write needs the right to read, too.
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                f"{self._resized_arn}/*",
            ),
            "TellAbsentFromForbidden": (["s3:ListBucket"], self._resized_arn),
            "KeepRejections": (["sqs:SendMessage"], self.rejected_queue.queue_arn),
            "WriteLog": (
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                self.log_group.log_group_arn,
            ),
            **self._wanted_grants(settings),
        }
        for sid, (actions, resource) in grants.items():
            role.add_to_policy(
                iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
            )
        acknowledge(
            role,
            dict.fromkeys(
                objects_of(self._original_arn, self._resized_arn),
                "Objects have no names before they exist; the bucket is named.",
            ),
        )
        return role

    def _wanted_grants(self, settings: Settings) -> dict[str, tuple[list[str], str]]:
        """What only some settings need."""
        grants: dict[str, tuple[list[str], str]] = {}
        if TAG_PREFIX in settings.carry_over:
            originals, sizes = f"{self._original_arn}/*", f"{self._resized_arn}/*"
            grants["ReadTags"] = (["s3:GetObjectTagging"], originals)
            grants["WriteTags"] = (["s3:PutObjectTagging"], sizes)
        if settings.completion_events:
            bus = f"arn:{cdk.Aws.PARTITION}:events:{cdk.Aws.REGION}:"
            bus += f"{cdk.Aws.ACCOUNT_ID}:event-bus/default"
            grants["TellEventBridge"] = (["events:PutEvents"], bus)
        if key := settings.original_kms_key:
            grants["DecryptOriginals"] = (["kms:Decrypt"], key)
        if key := settings.resized_kms_key:
            grants["EncryptResized"] = (["kms:Decrypt", "kms:GenerateDataKey"], key)
        return grants

    def _function(
        self, settings: Settings, original_name: str, resized_name: str
    ) -> lambda_.DockerImageFunction:
        return lambda_.DockerImageFunction(
            self,
            "ResizeOnUpload",
            description="Writes every size in config/sizes.json of every upload.",
            code=lambda_.DockerImageCode.from_image_asset(
                str(IMAGE), build_args={"IMAGE_REFRESH": settings.image_refresh}
            ),
            architecture=_architecture(settings.architecture),
            memory_size=settings.memory_size,
            timeout=cdk.Duration.seconds(settings.timeout),
            reserved_concurrent_executions=settings.reserved_concurrency,
            recursive_loop=lambda_.RecursiveLoop.TERMINATE,
            role=self.role,
            log_group=self.log_group,
            environment={
                "ORIGINAL_BUCKET": original_name,
                "RESIZED_BUCKET": resized_name,
                "ACCOUNT_ID": cdk.Aws.ACCOUNT_ID,
                "SIZES": settings.sizes,
                "REJECTED_QUEUE_URL": self.rejected_queue.queue_url,
                "MIRROR_DELETES": str(settings.mirror_deletes).lower(),
                "METRICS": settings.metrics,
                **_said(settings),
            },
            retry_attempts=RETRIES,
            max_event_age=MAX_AGE,
            on_failure=destinations.SqsDestination(self.failed_queue),
        )

    def let_original_bucket_invoke(self) -> lambda_.CfnPermission:
        """Only our bucket in our account: bucket names move between accounts."""
        return lambda_.CfnPermission(
            self,
            "AllowOriginalBucket",
            action="lambda:InvokeFunction",
            function_name=self.function.function_arn,
            principal="s3.amazonaws.com",
            source_account=cdk.Aws.ACCOUNT_ID,
            source_arn=self._original_arn,
        )


def bucket_arn(name: str) -> str:
    """The ARN of a bucket, known before the bucket is."""
    return f"arn:{cdk.Aws.PARTITION}:s3:::{name}"


def _architecture(name: str) -> lambda_.Architecture:
    return {
        "arm64": lambda_.Architecture.ARM_64,
        "x86_64": lambda_.Architecture.X86_64,
    }[name]


def _unless(value: int, default: int) -> str:
    return "" if value == default else str(value)


def _said(settings: Settings) -> dict[str, str]:
    """What is said of variants, where anything is: an environment is small."""
    said = {
        "CACHE_CONTROL": settings.cache_control,
        "CARRY_OVER": settings.carry_over,
        "STORAGE_CLASS": settings.storage_class,
        "COMPLETION_EVENTS": "true" if settings.completion_events else "",
        "DECODER_REUSE": _unless(settings.decoder_reuse, DECODER_REUSE),
    }
    return {name: value for name, value in said.items() if value}
