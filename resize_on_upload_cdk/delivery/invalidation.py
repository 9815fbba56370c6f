"""What the resizer needs to make CloudFront forget replaced and deleted images."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm

from resize_on_upload_cdk.functions.function import distribution_parameter

if TYPE_CHECKING:
    from aws_cdk import aws_cloudfront as cloudfront
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

HEADER = "x-amz-meta-cache-tag"
"""S3 sends the metadata `cache-tag` under this name."""


def read_tags(distribution: cloudfront.Distribution) -> None:
    """Have CloudFront remember the tag of each object that it caches."""
    config = cast("cloudfront.CfnDistribution", distribution.node.default_child)
    config.add_property_override("DistributionConfig.CacheTagConfig.HeaderName", HEADER)


def allow(
    scope: Construct,
    role: iam.IRole,
    distribution: cloudfront.Distribution,
    settings: Settings,
) -> None:
    """Let the resizer find the distribution, and invalidate in it.

    The distribution depends on the on-request function, and that on the resizer. So the
    resizer's own template cannot refer to the distribution: a parameter does, and a
    policy that is attached later.
    """
    ssm.StringParameter(
        scope,
        "Id",
        parameter_name=distribution_parameter(settings),
        simple_name=False,  # it is a path, even if the stack is not named yet
        description="The distribution in which resize-on-upload invalidates",
        string_value=distribution.distribution_id,
    )
    iam.Policy(
        scope,
        "Invalidate",
        roles=[role],
        statements=[
            iam.PolicyStatement(
                sid="MakeCachesForget",
                actions=["cloudfront:CreateInvalidation"],
                resources=[distribution.distribution_arn],
            )
        ],
    )
