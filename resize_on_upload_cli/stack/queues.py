"""Read a queue without deleting its messages.

SQS hides a message from others while somebody reads it, and for a while after a reader
was killed. A reader therefore compares the number of messages it received with the
number in the queue, and waits until none is hidden: otherwise it would report a
rejected key as missing.
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from resize_on_upload_cli import terminal
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.stack.clock import Clock
from resize_on_upload_cli.stack.parallel import map_parallel
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        DeleteMessageBatchRequestEntryTypeDef,
        MessageTypeDef,
    )

VISIBILITY_SECONDS = 60
"""How long a message that is being read is hidden from others; extended as needed."""

TIMEOUT_SECONDS = 2.0 * VISIBILITY_SECONDS
"""How long to wait for hidden messages; a killed reader's return after half of it."""

_POLL_SECONDS = 1
"""Long polling asks all of SQS's servers, short polling only some of them.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""

_MAX_MESSAGES = 100_000
"""Messages to read; SQS hides 120,000 at most."""

MAX_DELETED = 10
"""Messages that SQS deletes in one call."""

_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
)


@dataclass(frozen=True, slots=True)
class Message:
    """A received message.

    Attributes:
        receipt: What SQS needs to delete it.
        sent: Seconds since 1970.
    """

    id: str
    body: dict[str, Any]
    receipt: str
    sent: float


class Queue:
    """A queue, to be read once."""

    def __init__(self, client: SQSClient, url: str, clock: Clock | None = None) -> None:
        self._client, self._url, self._clock = client, url, clock or Clock()
        self._received: dict[str, Message] = {}
        self._hidden_at = 0.0

    @contextmanager
    def messages(self, *, wait: bool = True) -> Iterator[list[Message]]:
        """Receive every message; at the end they are visible to others again.

        Args:
            wait: Whether to wait for messages that another reader hides. Otherwise
                they are left out, for callers that read the queue again later.

        Raises:
            DeploymentError: messages stay hidden.
        """
        try:
            self._receive()
            if wait:
                self._wait_for_hidden()
            yield list(self._received.values())
        finally:
            self._release()

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages from the queue; those that SQS does not delete stay there."""
        for start in range(0, len(messages), MAX_DELETED):
            some = messages[start : start + MAX_DELETED]
            entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "ReceiptHandle": message.receipt}
                for number, message in enumerate(some)
            ]
            response = self._client.delete_message_batch(
                QueueUrl=self._url, Entries=entries
            )
            failed = {one["Id"] for one in response.get("Failed", ())}
            for number, message in enumerate(some):
                if str(number) not in failed:
                    self._received.pop(message.id, None)
        self.keep_hidden()

    def _wait_for_hidden(self) -> None:
        """Receive again until every message was received at once.

        Messages are released meanwhile: another reader may be waiting for them.
        """
        began, reported = self._clock.monotonic(), False
        while hidden := self._hidden_count():
            self._release()
            name, number = self._url.rpartition("/")[2], plural(hidden, "message")
            if self._clock.monotonic() - began > TIMEOUT_SECONDS:
                msg = (
                    f"{number} of the queue {name} stay hidden, so what was rejected "
                    "cannot be determined: another command or a consumer is reading "
                    "it; stop that, then run this again"
                )
                raise DeploymentError(msg)
            if not reported:
                terminal.say(
                    f"{number} of the queue {name} are being read by another command, "
                    f"or by one that was killed: waiting up to {TIMEOUT_SECONDS:.0f} s."
                )
            reported = True
            # A random pause, so that two readers do not return at the same time.
            self._clock.sleep(1 + secrets.randbelow(1_000) / 1_000)
            self._receive()

    def _hidden_count(self) -> int:
        """Return how many messages were not received.

        Hiding moves a message from one count to the other; their sum stays the same.
        """
        response = self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=_COUNTS
        )
        total = sum(int(response["Attributes"][name]) for name in _COUNTS)
        return max(0, min(total, _MAX_MESSAGES) - len(self._received))

    def _receive(self) -> None:
        self._hidden_at = self._clock.monotonic()
        while len(self._received) < _MAX_MESSAGES:
            response = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=VISIBILITY_SECONDS,
                WaitTimeSeconds=_POLL_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            found = response.get("Messages", ())
            if not found:
                return
            self._received |= {one["MessageId"]: _message(one) for one in found}
            self.keep_hidden()

    def keep_hidden(self) -> None:
        """Hide the received messages for longer, after a third of their time."""
        if self._clock.monotonic() - self._hidden_at > VISIBILITY_SECONDS / 3:
            self._hidden_at = self._clock.monotonic()
            self._set_visibility(VISIBILITY_SECONDS)

    def _release(self) -> None:
        """Make the received messages visible to others."""
        self._set_visibility(0)
        self._received.clear()

    def _set_visibility(self, seconds: int) -> None:
        """Hide the received messages for some seconds from now; 0 shows them."""
        messages = list(self._received.values())
        tens = [messages[start : start + 10] for start in range(0, len(messages), 10)]
        hide = partial(self._set_visibility_of, seconds=seconds)
        for _ in map_parallel(hide, tens):  # one by one, they would return meanwhile
            pass

    def _set_visibility_of(self, messages: Sequence[Message], seconds: int) -> None:
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "ReceiptHandle": message.receipt,
                "VisibilityTimeout": seconds,
            }
            for number, message in enumerate(messages)
        ]
        self._client.change_message_visibility_batch(
            QueueUrl=self._url, Entries=entries
        )


def _message(received: MessageTypeDef) -> Message:
    return Message(
        id=received["MessageId"],
        body=_parsed(received["Body"]),
        receipt=received["ReceiptHandle"],
        sent=int(received["Attributes"]["SentTimestamp"]) / 1_000,
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"unreadable": text}
