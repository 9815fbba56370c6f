"""The function that resizes: its permissions, its trigger and its queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from resize_on_upload_cdk.functions import function, image
from resize_on_upload_cdk.nag import acknowledge

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import Settings

RETRIES = 2
MAX_AGE = cdk.Duration.hours(6)


class Resizer(Construct):
    """Reads one bucket and writes another; it has no other permissions.

    Attributes:
        function: Invoked by S3 for each upload.
        backfill_function: Invoked for backfills only; None if `function` is.
    """

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
        self._original_arn = function.bucket_arn(original_name)
        self._resized_arn = function.bucket_arn(resized_name)
        self.log_group = function.log_group(self, settings.log_retention_days)
        self.failed_queue = self._queue("Failed")
        self.rejected_queue = self._queue("Rejected")
        self.role = self._role(settings)
        self._settings = settings
        self._environment = function.environment(
            settings, original_name, resized_name, self._own_environment(settings)
        )
        self._code = image.code(self, settings)
        self.function = self._function(
            "ResizeOnUpload",
            "Writes a variant per upload and size in config/sizes.json.",
            settings.reserved_concurrency,
        )
        self.backfill_function = self._backfill_function()

    @property
    def function_of_backfills(self) -> lambda_.IFunction:
        """What backfills invoke."""
        return self.backfill_function or self.function

    def _backfill_function(self) -> lambda_.DockerImageFunction | None:
        """The same again, so that backfills use none of the uploads' concurrency.

        It has the same role, log and queue; CloudWatch distinguishes them by name.
        """
        if not self._settings.backfill_concurrency:
            return None
        return self._function(
            "Backfill",
            "As the function for uploads, for backfills.",
            self._settings.backfill_concurrency,
        )

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
            {"AwsSolutions-SQS3": "Uploads end here: nothing consumes this queue."},
        )
        return queue

    def _role(self, settings: Settings) -> iam.Role:
        arns = self._original_arn, self._resized_arn
        grants = {
            **function.bucket_grants(*arns),
            "KeepRejections": (["sqs:SendMessage"], self.rejected_queue.queue_arn),
            **function.log_grant(self.log_group),
            **function.tag_grants(settings, *arns),
            **_event_grants(settings),
            **_invalidation_grants(settings),
            **function.key_grants(settings),
        }
        return function.role(self, *arns, grants)

    def _function(
        self, construct_id: str, description: str, concurrency: int | None
    ) -> lambda_.DockerImageFunction:
        settings = self._settings
        made = lambda_.DockerImageFunction(
            self,
            construct_id,
            description=description,
            code=self._code,
            architecture=function.architecture(settings),
            memory_size=settings.memory_size,
            timeout=cdk.Duration.seconds(settings.timeout),
            reserved_concurrent_executions=concurrency,
            recursive_loop=lambda_.RecursiveLoop.TERMINATE,
            role=self.role,
            log_group=self.log_group,
            environment=self._environment,
            retry_attempts=RETRIES,
            max_event_age=MAX_AGE,
            on_failure=destinations.SqsDestination(self.failed_queue),
        )
        image.use_given(made, settings)
        return made

    def _own_environment(self, settings: Settings) -> dict[str, str]:
        events = {"COMPLETION_EVENTS": "true"} if settings.completion_events else {}
        if settings.invalidate:
            events["DISTRIBUTION_PARAMETER"] = function.distribution_parameter(settings)
        return {
            "REJECTED_QUEUE_URL": self.rejected_queue.queue_url,
            "MIRROR_DELETES": str(settings.mirror_deletes).lower(),
            **events,
        }

    def allow_original_bucket(self) -> lambda_.CfnPermission:
        """Let the original bucket invoke the function, in this account only.

        A deleted bucket's name is free for other accounts.
        """
        return lambda_.CfnPermission(
            self,
            "AllowOriginalBucket",
            action="lambda:InvokeFunction",
            function_name=self.function.function_arn,
            principal="s3.amazonaws.com",
            source_account=cdk.Aws.ACCOUNT_ID,
            source_arn=self._original_arn,
        )


def _invalidation_grants(settings: Settings) -> function.Grants:
    if not settings.invalidate:
        return {}
    arn = f"arn:{cdk.Aws.PARTITION}:ssm:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:"
    arn += f"parameter{function.distribution_parameter(settings)}"
    return {"FindTheDistribution": (["ssm:GetParameter"], arn)}


def _event_grants(settings: Settings) -> function.Grants:
    if not settings.completion_events:
        return {}
    bus = f"arn:{cdk.Aws.PARTITION}:events:{cdk.Aws.REGION}:"
    bus += f"{cdk.Aws.ACCOUNT_ID}:event-bus/default"
    return {"TellEventBridge": (["events:PutEvents"], bus)}
