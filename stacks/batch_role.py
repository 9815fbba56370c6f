"""What S3 Batch Operations needs to run the function over what is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.function import bucket_arn
from stacks.nag import acknowledge, objects_of

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_


class Backfill(Construct):
    """A role that may invoke the function for a list of keys and report on it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        jobs_name: str,
        function: lambda_.Function,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            # As documented, without a condition: nobody outside can pass it on.
            assumed_by=iam.ServicePrincipal("batchoperations.s3.amazonaws.com"),
            description="Reads a list of keys, invokes the function, writes a report.",
        )
        grants = {
            "ReadListWriteReport": (
                ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
                f"{bucket_arn(jobs_name)}/*",
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
                objects_of(bucket_arn(jobs_name)),
                "Lists and reports have no names before they exist.",
            ),
        )
