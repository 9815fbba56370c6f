"""Invoke the function again for the uploads of a queue, and for all rejected ones."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resize_on_upload_cli import terminal
from resize_on_upload_cli.actions.dispatcher import invoke
from resize_on_upload_cli.bulk.paced_calls import PacedCalls
from resize_on_upload_cli.queues import queued_uploads
from resize_on_upload_cli.queues.calls import MAX_BATCH
from resize_on_upload_cli.queues.on_disk import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from resize_on_upload_cli.queues.message import Message
    from resize_on_upload_cli.queues.queued_uploads import QueuedUpload
    from resize_on_upload_cli.stack.deployment import Deployment

_RECEIVED_PER_SECOND = 50
"""Messages that one call after another receives, even from far away."""

_FULL = (
    "SQS hides no more messages, so those behind them were not looked at: run this "
    "again without --dry-run, --prefix or --code."
)


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


@dataclass(frozen=True, slots=True)
class _Retry:
    """An upload to retry, and the messages to delete then.

    A key may have been rejected repeatedly: what is only known from further messages
    has no upload. They are deleted no earlier than the first one, as calls are
    accepted in order.
    """

    upload: QueuedUpload | None
    messages: Sequence[Message] = ()


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
    run = _Redrive(deployment, selection, rate, dry_run=dry_run)
    with closing(run.of_queue()) as uploads:
        for upload in uploads:
            report(upload)
    more = 0
    for upload in run.of_bucket():
        report(upload)
        more += 1
    return Counts(len(run.selected) + more, len(run.others))


@dataclass(frozen=True, slots=True)
class _Redrive:
    """A redrive, and what it knows.

    Attributes:
        selected: The events of the selected uploads of the queue.
        others: Those of all others.
    """

    deployment: Deployment
    selection: Selection
    rate: float
    dry_run: bool
    selected: Texts = field(default_factory=Texts)
    others: Texts = field(default_factory=Texts)

    def of_queue(self) -> Generator[QueuedUpload]:
        """Retry the uploads in the queue; yield each once it was accepted."""
        name, pause = self.selection.queue, 1 / self.rate
        queue = queued_uploads.queue(self.deployment, name, pause=pause)
        at_once = math.ceil(self.rate / _RECEIVED_PER_SECOND)
        at_once = queued_uploads.AT_ONCE if self.dry_run else at_once
        with (
            queue.messages(at_once=at_once) as messages,
            closing(self._accepted(self._retries(messages))) as accepted,
        ):
            for one in accepted:
                if not self.dry_run:
                    queue.delete(one.messages)
                if one.upload:
                    yield one.upload
            if queue.is_cut_off():
                terminal.say(_FULL)

    def of_bucket(self) -> Iterator[QueuedUpload]:
        """Retry the rejections in the resized bucket that the queue did not have."""
        retries = (_Retry(upload) for upload in self._stored())
        yield from (one.upload for one in self._accepted(retries) if one.upload)

    def _accepted(self, retries: Generator[_Retry]) -> Generator[_Retry]:
        """Yield each retry once Lambda has accepted it; a dry run asks nobody."""
        if self.dry_run:
            return retries
        self.deployment.client("lambda")  # made here, as boto3 makes it in one thread
        return PacedCalls(self._invoke, self.rate, self.deployment.clock).run(retries)

    def _invoke(self, retry: _Retry) -> None:
        if retry.upload:
            invoke(self.deployment, retry.upload.event)

    def _retries(self, messages: Iterable[Message]) -> Generator[_Retry]:
        """Yield each selected upload once; take down what is selected and what not."""
        repeated: list[Message] = []
        for message in messages:
            upload = queued_uploads.parse(message, self.deployment.original)
            event = json.dumps(upload.event if upload else message.body)
            if not upload or not self.selection.includes(upload):
                if event not in self.selected:
                    self.others.add(event)
            elif self.selected.add(event):
                self.others.remove(event)
                yield _Retry(upload, (message, *repeated))
                repeated = []
            else:
                repeated.append(message)
                if len(repeated) == MAX_BATCH:
                    yield _Retry(None, repeated)
                    repeated = []
        if repeated:
            yield _Retry(None, repeated)

    def _stored(self) -> Iterator[QueuedUpload]:
        """Yield the selected rejections in the resized bucket that are not known."""
        if self.selection.queue != "rejected":
            return
        for upload in queued_uploads.in_bucket(self.deployment, self.selection.prefix):
            is_known = json.dumps(upload.event) in self.selected
            if self.selection.includes(upload) and not is_known:
                yield upload
