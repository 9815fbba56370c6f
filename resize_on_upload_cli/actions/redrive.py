"""Invoke the function again for the uploads of a queue, and for all rejected ones."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from resize_on_upload_cli.actions.dispatcher import invoke
from resize_on_upload_cli.bulk.paced_calls import PacedCalls
from resize_on_upload_cli.stack import queued_uploads
from resize_on_upload_cli.stack.queues import MAX_DELETED

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.stack.queued_uploads import QueuedUpload
    from resize_on_upload_cli.stack.queues import Message, Queue


@dataclass(frozen=True, slots=True)
class Selection:
    """Which uploads of a queue to process again.

    Attributes:
        queue: `failed` or `rejected`.
        code: Only rejections with this code.
        prefix: Only keys that begin with it.
    """

    queue: str
    code: str | None = None
    prefix: str = ""

    def includes(self, upload: QueuedUpload) -> bool:
        """Return whether an upload is selected."""
        if self.code and upload.code != self.code:
            return False
        return not self.prefix or any(
            key.startswith(self.prefix) for key in upload.keys
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many uploads were selected, and how many others are in the queue."""

    selected: int
    others: int


def redrive(
    deployment: Deployment,
    selection: Selection,
    *,
    dry_run: bool,
    report: Callable[[QueuedUpload], None],
    rate: float,
) -> Counts:
    """Invoke the function for each selected upload, then delete its messages.

    Rejections in the resized bucket, which may have no message any more, stay until the
    function has resized their originals.

    Lambda accepts the invocation before a message is deleted: if this is killed in
    between, the upload is processed twice, which changes nothing.

    Args:
        deployment: Whose queue to read.
        selection: Which uploads.
        dry_run: Whether to report them only.
        report: Called once for each upload, when its invocation was accepted.
        rate: Invocations per second.
    """
    queue, bucket = (
        queued_uploads.queue(deployment, selection.queue),
        deployment.original,
    )
    with queue.messages() as messages:
        selected = _selected(messages, bucket, selection)
        if dry_run:
            for uploads in selected.values():
                report(uploads[0])
        else:
            _retry(deployment, queue, [*selected.values()], rate, report)
    others = {_event(message, bucket) for message in messages} - selected.keys()
    stored = _stored(deployment, selection, selected)
    if not dry_run:
        calls = PacedCalls(partial(_invoke, deployment), rate, deployment.clock)
        stored = calls.run(stored)
    more = 0
    for upload in stored:
        report(upload)
        more += 1
    return Counts(len(selected) + more, len(others))


def _stored(
    deployment: Deployment, selection: Selection, known: Container[str]
) -> Iterator[QueuedUpload]:
    """Yield the selected rejections in the resized bucket that are not known."""
    if selection.queue != "rejected":
        return
    for upload in queued_uploads.in_bucket(deployment, selection.prefix):
        if selection.includes(upload) and json.dumps(upload.event) not in known:
            yield upload


def _invoke(deployment: Deployment, upload: QueuedUpload) -> None:
    invoke(deployment, upload.event)


def _retry(
    deployment: Deployment,
    queue: Queue,
    selected: Sequence[list[QueuedUpload]],
    rate: float,
    report: Callable[[QueuedUpload], None],
) -> None:
    deployment.client("lambda")  # made here, as boto3 makes it in one thread
    accepted: list[Message] = []

    def retry(uploads: list[QueuedUpload]) -> None:
        invoke(deployment, uploads[0].event)

    calls = PacedCalls(retry, rate, deployment.clock)
    try:
        for uploads in calls.run(selected):
            report(uploads[0])
            queue.keep_hidden()
            accepted += [upload.message for upload in uploads if upload.message]
            if len(accepted) >= MAX_DELETED:
                queue.delete(accepted)
                accepted = []
    finally:
        queue.delete(accepted)


def _selected(
    messages: Iterable[Message], bucket: str, selection: Selection
) -> dict[str, list[QueuedUpload]]:
    """Group the selected uploads by event: a key may have been rejected repeatedly."""
    found = defaultdict(list)
    for message in messages:
        upload = queued_uploads.parse(message, bucket)
        if upload and selection.includes(upload):
            found[json.dumps(upload.event)].append(upload)
    return found


def _event(message: Message, bucket: str) -> str:
    """Return what identifies the upload of a message."""
    upload = queued_uploads.parse(message, bucket)
    return json.dumps(upload.event if upload else message.body)
