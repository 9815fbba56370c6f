"""A task of SQS that moves all messages of a dead-letter queue to another queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from resize_on_upload_cli.stack.aws_errors import REFUSED
from resize_on_upload_cli.terminal import show_progress

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import ListMessageMoveTasksResultEntryTypeDef

    from resize_on_upload_cli.stack.clock import Clock

COMPLETED, FAILED = "COMPLETED", "FAILED"
_RUNNING, _CANCELLING = "RUNNING", "CANCELLING"

MIN_RATE, MAX_RATE = 1, 500
"""Messages per second that SQS moves."""

_POLL_SECONDS = 1.0
_MAX_POLLS_FOR_OTHER = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is.

    Attributes:
        status: As SQS names it.
        started: Milliseconds since 1970: each task of a queue has another time.
        moved: The number of messages that were moved, about.
        total: The number of messages to move, about.
        handle: What cancels the task, while it runs.
        reason: Why it failed.
    """

    status: str
    started: int
    moved: int
    total: int
    handle: str
    reason: str

    @property
    def is_over(self) -> bool:
        """Whether the task moves nothing any more."""
        return self.status not in (_RUNNING, _CANCELLING)

    @property
    def left(self) -> int:
        """The number of messages that were not moved, about."""
        return max(0, self.total - self.moved)


class MoveTask:
    """The task of a queue: the one that is running, or a new one.

    Args:
        client: Of SQS.
        source: The ARN of the dead-letter queue.
        clock: What waits.
    """

    def __init__(self, client: SQSClient, source: str, clock: Clock) -> None:
        self._client, self._source, self._clock = client, source, clock
        self._before: int | None = None
        self._handle = ""

    def begin(self, destination: str, rate: float) -> bool:
        """Start the task; return False if there is another, to be watched instead.

        Args:
            destination: The ARN of the queue that gets the messages. Without one, SQS
                would refuse those that it has not moved here itself.
            rate: Messages per second.
        """
        latest = self._latest()
        while latest and latest.status == _CANCELLING:
            self._clock.sleep(_POLL_SECONDS)
            latest = self._latest()
        if latest and not latest.is_over:
            self._handle = latest.handle
            return False
        self._before = latest.started if latest else None
        try:
            self._start(destination, rate)
        except ClientError as error:
            if error.response["Error"].get("Code") in REFUSED or not self._has_other():
                raise
            return False
        return True

    def _start(self, destination: str, rate: float) -> None:
        started = self._client.start_message_move_task(
            SourceArn=self._source,
            DestinationArn=destination,
            MaxNumberOfMessagesPerSecond=int(min(rate, MAX_RATE)),
        )
        self._handle = started["TaskHandle"]

    def _has_other(self) -> bool:
        """Return whether another command has begun a task, which SQS lists late."""
        for _ in range(_MAX_POLLS_FOR_OTHER):
            if found := self._current():
                self._handle = found.handle
                return True
            self._clock.sleep(_POLL_SECONDS)
        return False

    def watch(self) -> Progress:
        """Wait until the task is over."""
        while not (found := self._current()) or not found.is_over:
            if found:
                show_progress(found.moved, max(found.total, found.moved + 1))
            self._clock.sleep(_POLL_SECONDS)
        show_progress(found.moved, found.moved)
        return found

    def cancel(self) -> int:
        """Stop the task; return about how many messages it has moved, which stay so."""
        found = self._client.cancel_message_move_task(TaskHandle=self._handle)
        return found["ApproximateNumberOfMessagesMoved"]

    def _current(self) -> Progress | None:
        """Return the progress of this task; None if SQS does not list it yet."""
        latest = self._latest()
        return None if latest and latest.started == self._before else latest

    def _latest(self) -> Progress | None:
        found = self._client.list_message_move_tasks(SourceArn=self._source)
        results = found.get("Results", [])
        return _progress(results[0]) if results else None


def _progress(found: ListMessageMoveTasksResultEntryTypeDef) -> Progress:
    return Progress(
        status=found.get("Status", ""),
        started=found.get("StartedTimestamp", 0),
        moved=found.get("ApproximateNumberOfMessagesMoved", 0),
        total=found.get("ApproximateNumberOfMessagesToMove", 0),
        handle=found.get("TaskHandle", ""),
        reason=found.get("FailureReason", ""),
    )
