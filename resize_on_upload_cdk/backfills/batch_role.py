"""What backfills need: the role that S3 Batch Operations assumes, and the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from resize_on_upload_cdk.backfills.sweep import Sweep
from resize_on_upload_cdk.configuration.operation.sweep import WEEKLY
from resize_on_upload_cdk.functions.function import bucket_arn
from resize_on_upload_cdk.nag import acknowledge, object_findings
from resize_on_upload_cli.actions.batch.request import Participants

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from resize_on_upload_cdk.configuration.settings import Settings


class Backfill(Construct):
    """A role that may list originals, invoke the function for keys and report on it.

    Attributes:
        sweep: What starts a job every week; None if nothing does.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
    """

    def __init__(  # noqa: PLR0913 - each has a type; they are keywords
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        original_name: str,
        jobs_name: str,
        function: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = self._role(original_name, jobs_name, function)
        self.sweep: Sweep | None = None
        if settings.sweep == WEEKLY:
            participants = Participants(
                account=cdk.Aws.ACCOUNT_ID,
                partition=cdk.Aws.PARTITION,
                jobs=jobs_name,
                function=function.function_arn,
                role=self.role.role_arn,
            )
            self.sweep = Sweep(
                self,
                "Sweep",
                settings=settings,
                participants=participants,
                original_name=original_name,
            )

    def _role(
        self, original_name: str, jobs_name: str, function: lambda_.IFunction
    ) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            # As documented, without a condition: no other account can pass the role.
            assumed_by=iam.ServicePrincipal("batchoperations.s3.amazonaws.com"),
            description="Reads a list of keys, invokes the function, writes a report.",
        )
        original = bucket_arn(original_name)
        grants = {
            "ReadListWriteReport": (
                ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
                f"{bucket_arn(jobs_name)}/*",
            ),
            # For a list that S3 makes, as documented under "Generating an object list":
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html
            "ListOriginals": (
                ["s3:ListBucket", "s3:PutInventoryConfiguration"],
                original,
            ),
            "Invoke": (["lambda:InvokeFunction"], function.function_arn),
        }
        for sid, (actions, resource) in grants.items():
            role.add_to_policy(
                iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
            )
        acknowledge(
            role,
            dict.fromkeys(
                object_findings(self, bucket_arn(jobs_name)),
                "Keys of lists and reports are not known in advance.",
            ),
        )
        return role
