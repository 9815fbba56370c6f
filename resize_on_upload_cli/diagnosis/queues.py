"""Checks of the queues: that they exist, what waits, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from resize_on_upload_cli.diagnosis.check import Check
from resize_on_upload_cli.queues.calls import QueueCalls, QueueGoneError
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from resize_on_upload_cli.stack.deployment import Deployment

_HOUR = 3_600

_MAX_QUEUED_SECONDS = 10 * 60
"""In which an upload usually has its variants, even after a burst."""

_MAX_DAYS = 10
"""In the failed queue, which keeps an upload for 14 days."""


def _deleted(deployment: Deployment) -> list[str]:
    """Find queues that somebody has deleted, which CloudFormation does not notice."""
    names = ("FailedQueueUrl", "RejectedQueueUrl", "IntakeQueueUrl")
    urls = (deployment.outputs[name] for name in names if name in deployment.outputs)
    gone = (url for url in urls if not _exists(deployment, url))
    return [f"{url.rpartition('/')[2]} was deleted" for url in gone]


def _exists(deployment: Deployment, url: str) -> bool:
    try:
        QueueCalls(deployment.client("sqs"), url).count()
    except QueueGoneError:
        return False
    return True


def _failed(deployment: Deployment) -> list[str]:
    url = deployment.outputs["FailedQueueUrl"]
    name: Literal["ApproximateNumberOfMessages"] = "ApproximateNumberOfMessages"
    found = deployment.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=[name]
    )
    if not (number := int(found["Attributes"][name])):
        return []
    problems = [f"about {plural(number, 'upload')} failed after all retries"]
    queue = {"QueueName": url.rpartition("/")[2]}
    days = _maximum(deployment, "AWS/SQS", "ApproximateAgeOfOldestMessage", queue)
    if days and days > _MAX_DAYS * 24 * _HOUR:
        problems.append(f"the oldest {days // (24 * _HOUR):.0f} days ago")
    return problems


def _waiting(deployment: Deployment) -> list[str]:
    """Find out how long uploads wait for the function, in Lambda or in a queue."""
    function = {"FunctionName": deployment.outputs["FunctionName"]}
    milliseconds = _maximum(deployment, "AWS/Lambda", "AsyncEventAge", function)
    seconds = (milliseconds or 0) / 1_000
    if url := deployment.outputs.get("IntakeQueueUrl"):
        queue = {"QueueName": url.rpartition("/")[2]}
        age = _maximum(deployment, "AWS/SQS", "ApproximateAgeOfOldestMessage", queue)
        seconds = max(seconds, age or 0)
    if seconds < _MAX_QUEUED_SECONDS:
        return []
    minutes = f"{seconds / 60:,.0f} minutes"
    return [f"in the last hour, some waited {minutes} for the function"]


def _maximum(
    deployment: Deployment, namespace: str, metric: str, dimension: dict[str, str]
) -> float | None:
    """Return the maximum of the last hour; None if nothing was measured."""
    end = datetime.now(UTC)
    ((name, value),) = dimension.items()
    found = deployment.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value}],
        StartTime=end - timedelta(hours=1),
        EndTime=end,
        Period=_HOUR,
        Statistics=["Maximum"],
    )
    return max((one["Maximum"] for one in found["Datapoints"]), default=None)


CHECKS = (
    Check(
        "queues",
        _deleted,
        "Create it again: `aws sqs create-queue --queue-name NAME --attributes "
        "MessageRetentionPeriod=1209600`; for the queue of uploads, deploy with `-c "
        "intake=function`, then with `-c intake=queue`. Then run `resize-on-upload "
        "backfill` for what was lost.",
    ),
    Check(
        "failed uploads",
        _failed,
        "See why with `resize-on-upload redrive failed --dry-run`, fix the cause, then "
        "run `resize-on-upload redrive failed`. SQS keeps them for 14 days.",
    ),
    Check(
        "waiting uploads",
        _waiting,
        "Raise `reservedConcurrency`, or the account's limit; a backfill that runs now "
        "can be given a lower `--rate`.",
    ),
)
