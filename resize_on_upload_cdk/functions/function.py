"""What a function of this stack needs: code, permissions, environment, log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from resize_on_upload.settings import DEFAULT_DECODER_REUSE
from resize_on_upload.storage.carry_over import TAG_PREFIX
from resize_on_upload_cdk.configuration.viewers import access_parsers
from resize_on_upload_cdk.nag import acknowledge, object_findings

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings


@dataclass(frozen=True, slots=True)
class BucketNames:
    """The names of the buckets, known before the buckets are."""

    original: str
    resized: str


Grants: TypeAlias = dict[str, tuple[list[str], str]]
"""Statement id → actions and resource."""


def architecture(settings: Settings) -> lambda_.Architecture:
    """The setting as CDK's type."""
    return {
        "arm64": lambda_.Architecture.ARM_64,
        "x86_64": lambda_.Architecture.X86_64,
    }[settings.architecture]


def bucket_arn(name: str) -> str:
    """A bucket's ARN, without a reference to its resource."""
    return f"arn:{cdk.Aws.PARTITION}:s3:::{name}"


def log_group(scope: Construct, days: int) -> logs.LogGroup:
    """The function's log group, deleted with the stack."""
    group = logs.LogGroup(scope, "Logs", removal_policy=cdk.RemovalPolicy.DESTROY)
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = days
    return group


def role(
    scope: Construct,
    original_arn: str,
    resized_arn: str,
    grants: Grants,
    *,
    description: str = "Reads originals, writes resized objects and its own log.",
) -> iam.Role:
    """A role with these permissions only."""
    made = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=description,
    )
    for sid, (actions, resource) in grants.items():
        made.add_to_policy(
            iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
        )
    acknowledge(
        made,
        dict.fromkeys(
            object_findings(scope, original_arn, resized_arn),
            "Keys are not known in advance; the bucket is.",
        ),
    )
    return made


def bucket_grants(original_arn: str, resized_arn: str) -> Grants:
    """Permission to read one bucket and write the other."""
    return {
        "ReadOriginals": (["s3:GetObject"], f"{original_arn}/*"),
        # Without it S3 responds 403 for a missing key, not 404.
        "TellMissingFromForbidden": (["s3:ListBucket"], original_arn),
        "WriteResized": (
            # A conditional write needs s3:GetObject, too.
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            f"{resized_arn}/*",
        ),
        "TellAbsentFromForbidden": (["s3:ListBucket"], resized_arn),
    }


def log_grant(group: logs.LogGroup) -> Grants:
    """Permission to write one log group."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return {"WriteLog": (actions, group.log_group_arn)}


def tag_grants(settings: Settings, original_arn: str, resized_arn: str) -> Grants:
    """Permission to copy tags, if carryOver names any."""
    if TAG_PREFIX not in settings.carry_over:
        return {}
    return {
        "ReadTags": (["s3:GetObjectTagging"], f"{original_arn}/*"),
        "WriteTags": (["s3:PutObjectTagging"], f"{resized_arn}/*"),
    }


def key_grants(settings: Settings) -> Grants:
    """Permission to use the KMS keys of the buckets, if any."""
    grants: Grants = {}
    if key := settings.original_kms_key:
        grants["DecryptOriginals"] = (["kms:Decrypt"], key)
    if key := settings.resized_kms_key:
        grants["EncryptResized"] = (["kms:Decrypt", "kms:GenerateDataKey"], key)
    return grants


def distribution_parameter(settings: Settings) -> str:
    """The name of the SSM parameter with the id of the distribution."""
    return f"/resize-on-upload/{settings.stack_name}/distribution"


def environment(
    settings: Settings, original_name: str, resized_name: str, own: dict[str, str]
) -> dict[str, str]:
    """The function's variables; optional ones only if set: Lambda allows 4 KB.

    Args:
        settings: The settings of the deployment.
        original_name: The bucket to read.
        resized_name: The bucket to write.
        own: Variables that only this function needs.
    """
    optional = {
        "CACHE_CONTROL": settings.cache_control,
        "CARRY_OVER": settings.carry_over,
        "STORAGE_CLASS": settings.storage_class,
        "BASE_URL": access_parsers.base_url(settings.domain_names),
        "VERSIONED_URLS": "true" if settings.versioned_urls else "",
        "CACHE_TAGS": "true" if settings.invalidate else "",
        "DECODER_REUSE": _unless(settings.decoder_reuse, DEFAULT_DECODER_REUSE),
    }
    return {
        "ORIGINAL_BUCKET": original_name,
        "RESIZED_BUCKET": resized_name,
        "ACCOUNT_ID": cdk.Aws.ACCOUNT_ID,
        "SIZES": settings.sizes,
        **own,
        "METRICS": settings.metrics,
        **{name: value for name, value in optional.items() if value},
    }


def _unless(value: int, default: int) -> str:
    return "" if value == default else str(value)
