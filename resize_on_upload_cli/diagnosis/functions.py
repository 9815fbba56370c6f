"""Checks of the functions and of the account that they run in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from resize_on_upload_cli.diagnosis.check import Check
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from resize_on_upload_cli.stack.deployment import Deployment

_MIN_CONCURRENCY = 100
"""Of an account; a new one may have 10, which a few uploads at once use up."""

_MAX_AGE = timedelta(days=60)
"""Of what is deployed; Debian has security fixes more often."""


def _functions(deployment: Deployment) -> Iterator[str]:
    """Return the names of the functions that run the container image."""
    outputs = deployment.outputs
    kinds = ("", "Backfill", "OnRequest", "UploadPage")
    names = (outputs.get(f"{kind}FunctionName") for kind in kinds)
    return filter(None, names)


def _account(deployment: Deployment) -> list[str]:
    limits = deployment.client("lambda").get_account_settings()["AccountLimit"]
    limit = limits["ConcurrentExecutions"]
    if limit >= _MIN_CONCURRENCY:
        return []
    return [f"runs at most {plural(limit, 'function')} at once in this region"]


def _concurrency(deployment: Deployment) -> list[str]:
    client, stopped = deployment.client("lambda"), []
    for name in _functions(deployment):
        found = client.get_function_concurrency(FunctionName=name)
        if found.get("ReservedConcurrentExecutions") == 0:
            stopped.append(f"{name} is stopped: its reserved concurrency is 0")
    return stopped


def _state(deployment: Deployment) -> list[str]:
    found: Mapping[str, object] = dict(deployment.function)
    state, update = found.get("State"), found.get("LastUpdateStatus")
    problems = []
    if state not in (None, "Active", "Inactive"):
        problems.append(f"is {state}: {found.get('StateReason')}")
    if update not in (None, "Successful", "InProgress"):
        problems.append(f"its update {update}: {found.get('LastUpdateStatusReason')}")
    return problems


def _age(deployment: Deployment) -> list[str]:
    changed = datetime.fromisoformat(deployment.function["LastModified"])
    age = datetime.now(UTC) - changed.astimezone(UTC)
    if age <= _MAX_AGE:
        return []
    return [f"was last deployed {plural(age.days, 'day')} ago"]


def _event_sources(deployment: Deployment) -> list[str] | None:
    """Look at what reads a queue for the function, if anything does."""
    found = deployment.client("lambda").list_event_source_mappings(
        FunctionName=deployment.outputs["FunctionName"]
    )["EventSourceMappings"]
    if "IntakeQueueUrl" in deployment.outputs and not found:
        return ["nothing reads the intake queue"]
    if not found:
        return None
    return [
        f"{one['EventSourceArn']} is {one['State']}"
        for one in found
        if one["State"] in ("Disabled", "Disabling")
    ]


def _retried(deployment: Deployment) -> list[str]:
    """Find out whether uploads that fail are kept, and those of backfills."""
    names = deployment.outputs["FunctionName"], deployment.backfill_function
    return [
        f"Lambda keeps no uploads that fail in {name}: the destination is missing"
        for name in dict.fromkeys(names)
        if not _keeps_failures(deployment, name)
    ]


def _keeps_failures(deployment: Deployment, name: str) -> bool:
    try:
        found = deployment.client("lambda").get_function_event_invoke_config(
            FunctionName=name
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return False
    destination = found.get("DestinationConfig", {}).get("OnFailure", {})
    return bool(destination.get("Destination"))


CHECKS = (
    Check(
        "the account",
        _account,
        'Ask for more: in the console, Service Quotas, "AWS Lambda", "Concurrent '
        'executions".',
    ),
    Check("the function", _state, "Deploy again: `npx cdk deploy`."),
    Check(
        "concurrency",
        _concurrency,
        "Let it run again: `npx cdk deploy`, or `aws lambda "
        "delete-function-concurrency --function-name NAME`.",
    ),
    Check("failed uploads are kept", _retried, "Deploy again: `npx cdk deploy`."),
    Check(
        "the container image",
        _age,
        "Build it again with Debian's security fixes: `npx cdk deploy -c "
        "imageRefresh=YYYY-MM`, with this month.",
    ),
    Check(
        "event sources",
        _event_sources,
        "Turn it on again in the console of the function, under Triggers, or deploy: "
        "`npx cdk deploy`.",
    ),
)
