"""Run every check of a stack; one that is refused stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from resize_on_upload_cli.diagnosis import (
    buckets,
    contents,
    functions,
    inventory,
    monitors,
    queues,
)
from resize_on_upload_cli.diagnosis.check import FAILED, UNKNOWN, Check, Finding
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.stack import aws_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment

_NOT_KNOWN = (
    "The policy `diagnose` in docs/permissions.md has the rights for every check."
)


def diagnose(deployment: Deployment, sizes: Sequence[Size]) -> Iterator[Finding]:
    """Yield what each check found.

    Args:
        deployment: What to check; must exist.
        sizes: Those that should be deployed.
    """
    deployment.outputs  # noqa: B018 - without a stack, nothing can be checked
    checks = (
        *functions.CHECKS,
        *buckets.CHECKS,
        *queues.CHECKS,
        *monitors.CHECKS,
        *inventory.CHECKS,
        contents.sizes_check(sizes),
        *contents.CHECKS,
    )
    for check in checks:
        finding = _run(check, deployment)
        if finding:
            yield finding


def _run(check: Check, deployment: Deployment) -> Finding | None:
    try:
        problems = check.problems(deployment)
    except (ClientError, BotoCoreError) as error:
        return Finding(check.name, UNKNOWN, aws_errors.sentence(error), _NOT_KNOWN)
    except DeploymentError as error:
        return Finding(check.name, UNKNOWN, str(error), _NOT_KNOWN)
    if problems is None:
        return None
    if not problems:
        return Finding(check.name)
    advice = deployment.addressed(check.advice)
    return Finding(check.name, FAILED, "; ".join(problems), advice)
