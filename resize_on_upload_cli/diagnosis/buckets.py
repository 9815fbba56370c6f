"""Checks of the buckets: notifications, public access, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload_cli.bulk import expiration
from resize_on_upload_cli.diagnosis.check import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from resize_on_upload_cli.stack.deployment import Deployment

_CREATED, _REMOVED = "s3:ObjectCreated:", "s3:ObjectRemoved:"


def _names(deployment: Deployment) -> tuple[str, str, str]:
    return deployment.original, deployment.resized, deployment.jobs


def _or_none(call: Callable[..., Any], code: str, **arguments: str) -> Any:
    """Return what a call returns; None if S3 has no such configuration."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return None


def _notifications(deployment: Deployment) -> list[str]:
    client = deployment.client("s3")
    found = client.get_bucket_notification_configuration(Bucket=deployment.original)
    targets = [*_targets(dict(found), deployment)]
    others = sorted({target for target, _ in targets if target})
    events = [event for target, event in targets if not target]
    problems = []
    for name, needed in (("uploads", _CREATED), ("deletes", _REMOVED)):
        is_needed = needed == _CREATED or deployment.mirrors_deletes
        if is_needed and not any(event.startswith(needed) for event in events):
            to_others = f"; it notifies {', '.join(others)}" if others else ""
            problems.append(
                f"{deployment.original} does not notify of {name}{to_others}"
            )
    return problems


def _targets(
    found: dict[str, Any], deployment: Deployment
) -> Iterator[tuple[str, str]]:
    """Yield target and event of each notification; our targets are empty."""
    function = f":function:{deployment.outputs['FunctionName']}"
    if "EventBridgeConfiguration" in found:
        yield from (("", _CREATED), ("", _REMOVED))
    for one in found.get("LambdaFunctionConfigurations", ()):
        arn = one["LambdaFunctionArn"]
        is_ours = f"{arn}:".partition(function)[2].startswith(":")
        yield from (("" if is_ours else arn, event) for event in one["Events"])
    queue = deployment.outputs.get("IntakeQueueUrl", "").rpartition("/")[2]
    for one in found.get("QueueConfigurations", ()):
        arn = one["QueueArn"]
        is_ours = arn.rpartition(":")[2] == queue
        yield from (("" if is_ours else arn, event) for event in one["Events"])


def _loop(deployment: Deployment) -> list[str]:
    """Find out whether variants are processed like uploads."""
    found = deployment.client("s3").get_bucket_notification_configuration(
        Bucket=deployment.resized
    )
    if any(not target for target, _ in _targets(dict(found), deployment)):
        return [f"{deployment.resized} notifies the function of its own variants"]
    return []


def _public_access(deployment: Deployment) -> list[str]:
    client, problems = deployment.client("s3"), []
    for name in _names(deployment):
        missing = "NoSuchPublicAccessBlockConfiguration"
        found = _or_none(client.get_public_access_block, missing, Bucket=name)
        block = found["PublicAccessBlockConfiguration"] if found else {}
        if not (block and all(block.values())):
            problems.append(f"{name} does not block public access")
        missing = "NoSuchBucketPolicy"
        found = _or_none(client.get_bucket_policy_status, missing, Bucket=name)
        if found and found["PolicyStatus"].get("IsPublic"):
            problems.append(f"the policy of {name} makes it public")
    return problems


def _expiring(deployment: Deployment) -> list[str]:
    """Find sizes that were dropped, are deleted by S3, and are made again."""
    names = expiration.expiring_sizes(deployment, deployment.sizes)
    return [f"a lifecycle rule deletes all variants of {name}" for name in names]


def _keys(deployment: Deployment) -> list[str] | None:
    """Look at the KMS keys of the buckets, if any has one."""
    keys = {name: _key(deployment, name) for name in _names(deployment)}
    if not any(keys.values()):
        return None
    problems = []
    for name, key in keys.items():
        if key:
            found = deployment.client("kms").describe_key(KeyId=key)["KeyMetadata"]
            if found["KeyState"] != "Enabled":
                problems.append(f"the key of {name}, {key}, is {found['KeyState']}")
    return problems


def _key(deployment: Deployment, bucket: str) -> str | None:
    missing = "ServerSideEncryptionConfigurationNotFoundError"
    call = deployment.client("s3").get_bucket_encryption
    found = _or_none(call, missing, Bucket=bucket) or {}
    rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    defaults = (one.get("ApplyServerSideEncryptionByDefault", {}) for one in rules)
    return next(filter(None, (one.get("KMSMasterKeyID") for one in defaults)), None)


CHECKS = (
    Check(
        "notifications",
        _notifications,
        "Deploy again: `npx cdk deploy` sets them. If another program replaced them, "
        "stop it. Then run `resize-on-upload backfill`, for what was missed.",
    ),
    Check(
        "no loop",
        _loop,
        "Remove that notification now: each variant would be made into more variants.",
    ),
    Check(
        "public access",
        _public_access,
        "Deploy again, or turn on Block Public Access of the bucket in the console; "
        "docs/delivery.md shows how to publish images.",
    ),
    Check(
        "lifecycle rules",
        _expiring,
        "Remove it with `resize-on-upload prune --expire --yes`, then run "
        "`resize-on-upload backfill`.",
    ),
    Check(
        "KMS keys",
        _keys,
        "Enable the key in the console of KMS, or cancel its deletion.",
    ),
)
