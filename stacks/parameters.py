"""The parameters of the plain template, in place of what `cdk deploy` knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from resize_on_upload_cdk.configuration import parsers
from resize_on_upload_cli.sizes_file import LIMIT

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings


def image_uri(scope: Construct) -> str:
    """The container image, in a repository of the same region."""
    return cdk.CfnParameter(
        scope,
        "ImageUri",
        description="The container image in a private ECR repository of this region",
        allowed_pattern=f"^{parsers.IMAGE_URI.pattern}$",
        constraint_description="It must be <account>.dkr.ecr.<region>.amazonaws.com/"
        "<repository>, with :<tag> or @<digest>",
    ).value_as_string


def bucket_prefix(scope: Construct, settings: Settings) -> str:
    """What the names of the buckets begin with."""
    parameter = cdk.CfnParameter(
        scope,
        "BucketPrefix",
        default=settings.bucket_prefix or "",
        description="The buckets are <prefix>-original, <prefix>-resized and "
        "<prefix>-jobs; if empty, resize-<account>-<region>",
        allowed_pattern=f"^({parsers.BUCKET_PREFIX.pattern})?$",
    ).value_as_string
    is_given = cdk.CfnCondition(
        scope,
        "HasBucketPrefix",
        expression=cdk.Fn.condition_not(cdk.Fn.condition_equals(parameter, "")),
    )
    default = f"resize-{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}"
    return cdk.Fn.condition_if(is_given.logical_id, parameter, default).to_string()


def architecture(scope: Construct, settings: Settings) -> None:
    """The architecture of the image."""
    parameter = cdk.CfnParameter(
        scope,
        "Architecture",
        default=settings.architecture,
        description="The architecture of the container image",
        allowed_values=["arm64", "x86_64"],
    ).value_as_string
    for function in _functions(scope):
        function.add_property_override("Architectures", [parameter])


def sizes(scope: Construct, settings: Settings) -> None:
    """sizes.json; with delivery, the edge function has the sizes, too."""
    if settings.delivery:
        return
    parameter = cdk.CfnParameter(
        scope,
        "Sizes",
        default=settings.sizes,
        description="The content of a sizes.json, as plain JSON. Only the function "
        "checks it: run `resize-on-upload check` first",
        allowed_pattern=r'^\s*\{[\s\S]*"sizes"[\s\S]*\}\s*$',
        constraint_description=f"It must be JSON of at most {LIMIT:,} bytes, such as "
        '{"sizes": ["150x"]}',
        max_length=LIMIT,
    ).value_as_string
    for function in _functions(scope):
        function.add_property_override("Environment.Variables.SIZES", parameter)


def alarm_email(scope: Construct, topic: sns.ITopic) -> None:
    """The address that alarms are sent to, if there is one."""
    parameter = cdk.CfnParameter(
        scope,
        "AlarmEmail",
        default="",
        description="The e-mail address that receives alarms; may be empty",
        allowed_pattern=f"^({parsers.EMAIL.pattern})?$",
    ).value_as_string
    is_given = cdk.CfnCondition(
        scope,
        "HasAlarmEmail",
        expression=cdk.Fn.condition_not(cdk.Fn.condition_equals(parameter, "")),
    )
    subscription = sns.CfnSubscription(
        scope,
        "AlarmSubscription",
        protocol="email",
        topic_arn=topic.topic_arn,
        endpoint=parameter,
    )
    subscription.cfn_options.condition = is_given


def _functions(scope: Construct) -> list[lambda_.CfnFunction]:
    """The functions that run the container image."""
    return [
        one for one in scope.node.find_all() if isinstance(one, lambda_.CfnFunction)
    ]
