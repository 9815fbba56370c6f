"""The role that S3 Batch Operations assumes for a backfill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from resize_on_upload_cdk.function import bucket_arn
from resize_on_upload_cdk.nag import acknowledge, object_findings

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_


class Backfill(Construct):
    """A role that may list originals, invoke the function for keys and report on it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        original_name: str,
        jobs_name: str,
        function: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
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
            self.role.add_to_policy(
                iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
            )
        acknowledge(
            self.role,
            dict.fromkeys(
                object_findings(self, bucket_arn(jobs_name)),
                "Keys of lists and reports are not known in advance.",
            ),
        )
