"""Invoke the function again for the uploads of a queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload_cli.actions.dispatcher import invoke
from resize_on_upload_cli.stack import queued_uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.stack.queued_uploads import QueuedUpload
    from resize_on_upload_cli.stack.queues import Message


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
) -> Counts:
    """Invoke the function for each selected upload, then delete its message.

    Lambda accepts the invocation before the message is deleted: if this is killed in
    between, the upload is processed twice, which changes nothing.

    Args:
        deployment: Whose queue to read.
        selection: Which uploads.
        dry_run: Whether to report them only.
        report: Called once for each upload, before its invocation.
    """
    queue, bucket = (
        queued_uploads.queue(deployment, selection.queue),
        deployment.original,
    )
    selected: set[str] = set()
    with queue.messages() as messages:
        for upload in _selected(messages, bucket, selection):
            event = json.dumps(upload.event)
            if event not in selected:  # a key may have been rejected more than once
                report(upload)
                if not dry_run:
                    invoke(deployment, upload.event)
            selected.add(event)
            if not dry_run:
                queue.delete(upload.message)
    others = {_event(message, bucket) for message in messages} - selected
    return Counts(len(selected), len(others))


def _selected(
    messages: Iterable[Message], bucket: str, selection: Selection
) -> Iterator[QueuedUpload]:
    for message in messages:
        upload = queued_uploads.parse(message, bucket)
        if upload and selection.includes(upload):
            yield upload


def _event(message: Message, bucket: str) -> str:
    """Return what identifies the upload of a message."""
    upload = queued_uploads.parse(message, bucket)
    return json.dumps(upload.event if upload else message.body)
