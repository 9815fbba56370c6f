"""Have SQS move all failed uploads back to the queue of uploads, where it can."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from resize_on_upload_cli import terminal
from resize_on_upload_cli.actions.redrive import Counts
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.queues import move_task
from resize_on_upload_cli.queues.calls import QueueCalls
from resize_on_upload_cli.queues.move_task import MoveTask
from resize_on_upload_cli.stack.aws_errors import REFUSED
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from resize_on_upload_cli.actions.redrive import Selection
    from resize_on_upload_cli.queues.move_task import Progress
    from resize_on_upload_cli.stack.deployment import Deployment

_UNKNOWN = (
    *("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
    *("InvalidAction", "UnknownOperationException"),
)


def move_back(
    deployment: Deployment, selection: Selection, rate: float
) -> Counts | None:
    """Move the failed uploads; return their number, or None if nothing was moved.

    Messages cannot be selected. The function understands each of them in its queue:
    S3's events as well as Lambda's records of failed invocations.

    Args:
        deployment: Whose queues.
        selection: Which uploads.
        rate: Messages per second.

    Raises:
        UnfinishedError: SQS stopped before all were moved.
    """
    uploads = deployment.outputs.get("IntakeQueueUrl")
    if not uploads or selection.queue != "failed" or selection.prefix:
        return None
    if rate < move_task.MIN_RATE:
        return None
    client = deployment.client("sqs")
    failed = QueueCalls(client, deployment.outputs["FailedQueueUrl"])
    visible, hidden = failed.counts()
    if not visible + hidden:
        return Counts(0, 0)
    task = MoveTask(client, failed.arn(), deployment.clock)
    try:
        is_new = task.begin(QueueCalls(client, uploads).arn(), rate)
    except ClientError as error:
        _require_known(error)
        return None
    if not is_new:
        terminal.say(
            "SQS is moving failed uploads already; watching it. Ctrl-C cancels it."
        )
    elif hidden:
        terminal.say(
            f"Another command hides {plural(hidden, 'message')} of the failed queue: "
            "it reads them, or was killed. SQS may move only the others: run this "
            "again in some minutes."
        )
    return _result(deployment, _watched(task))


def _require_known(error: ClientError) -> None:
    """Raise an error unless uploads can be retried in another way."""
    code = error.response["Error"].get("Code", "")
    if code not in (*REFUSED, *_UNKNOWN):
        raise error
    terminal.say(
        f"SQS does not move the uploads back ({error.operation_name}: {code}), so they "
        "are received and retried one by one. docs/permissions.md has the permissions."
    )


def _watched(task: MoveTask) -> Progress:
    try:
        return task.watch()
    except KeyboardInterrupt:
        with suppress(ClientError):  # it may have ended meanwhile
            uploads = plural(task.cancel(), "upload")
            terminal.say("", f"About {uploads} moved; the others stay where they are.")
        raise


def _result(deployment: Deployment, found: Progress) -> Counts:
    if found.status == move_task.COMPLETED:
        return Counts(found.moved, found.left)
    moved = f"SQS has moved about {plural(found.moved, 'upload')} back"
    if found.status == move_task.FAILED:
        msg = (
            f"{moved}, then it failed: {found.reason or 'without a reason'}. The "
            "others are still in the failed queue: docs/permissions.md has the "
            "permissions, `redrive failed` continues"
        )
    else:
        msg = f"{moved}, then somebody cancelled it; `redrive failed` continues"
    raise UnfinishedError(deployment.addressed(msg))
