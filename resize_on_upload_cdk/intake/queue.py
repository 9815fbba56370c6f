"""The queue between the original bucket and the function, if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from resize_on_upload_cdk.configuration.operation import intake
from resize_on_upload_cdk.functions.function import bucket_arn

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.functions.resizer import Resizer

BATCH_SIZE = 10
"""Uploads of one invocation at most; it never waits for them to become as many."""

MAX_ATTEMPTS = 30
"""Before an upload goes to the failed queue: three hours with the default timeout."""

VISIBILITY_FACTOR = 6
"""Of the function's timeout, as AWS requires for a batch that is throttled:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""

_MAX_CONCURRENCY = 1_000
"""Of what polls a queue."""


class IntakeQueue(Construct):
    """Keeps S3's events until the function has processed them.

    Attributes:
        queue: S3 sends to it.
        policy: Lets S3 send; a notification must not be configured before it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        resizer: Resizer,
        original_name: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Uploads",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
            visibility_timeout=cdk.Duration.seconds(
                VISIBILITY_FACTOR * settings.timeout
            ),
            dead_letter_queue=sqs.DeadLetterQueue(
                max_receive_count=MAX_ATTEMPTS, queue=resizer.failed_queue
            ),
        )
        self.policy = self._let_send(original_name)
        self._read(resizer, settings)

    def _let_send(self, original_name: str) -> sqs.CfnQueuePolicy:
        """Let the original bucket send, in this account only."""
        added = self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetTheOriginalBucketSend",
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": bucket_arn(original_name)},
                    "StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID},
                },
            )
        )
        policy = cast("sqs.QueuePolicy", added.policy_dependable)
        return cast("sqs.CfnQueuePolicy", policy.node.default_child)

    def _read(self, resizer: Resizer, settings: Settings) -> None:
        """Have Lambda read the queue; what failed of a batch returns to it."""
        allowed = iam.Policy(
            self,
            "Read",
            roles=[resizer.role],
            statements=[
                iam.PolicyStatement(
                    sid="ReadTheQueueOfUploads",
                    actions=[
                        "sqs:ReceiveMessage",
                        "sqs:DeleteMessage",
                        "sqs:GetQueueAttributes",
                    ],
                    resources=[self.queue.queue_arn],
                )
            ],
        )
        limit = settings.reserved_concurrency
        mapping = lambda_.EventSourceMapping(
            self,
            "Polling",
            target=resizer.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=BATCH_SIZE,
            max_batching_window=cdk.Duration.seconds(0),
            max_concurrency=min(limit, _MAX_CONCURRENCY) if limit else None,
            report_batch_item_failures=True,
        )
        mapping.node.add_dependency(allowed)


def create(
    scope: Construct, resizer: Resizer, original_name: str, settings: Settings
) -> IntakeQueue | None:
    """The queue; None if S3 invokes the function and there is nothing to drain."""
    if settings.intake == intake.FUNCTION:
        return None
    return IntakeQueue(
        scope,
        "Intake",
        settings=settings,
        resizer=resizer,
        original_name=original_name,
    )
