"""The two queues, read without taking anything out of them unless told to.

SQS hides a message from others while somebody reads it, and keeps it hidden for a while
after a reader was killed. So a reader compares what it got with how many messages the
queue has, and waits until none is hidden: otherwise a rejected key would be taken for a
missing one.
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools import terminal
from tools.stack.clock import Clock
from tools.stack.deployment import DeploymentError
from tools.terminal import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HIDDEN = 60
"""Seconds a message is not shown to others while we look at it; prolonged as needed."""

PATIENCE = 2.0 * HIDDEN
"""Seconds to wait for messages that others hide; a killed reader's are back in half."""

_WAIT = 1
"""Seconds; whoever waits is answered by all of SQS's servers, not by some.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""

_MOST = 100_000
"""Messages looked at; SQS keeps 120,000 out of sight at once."""

_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what it says, and how to refer to it.

    Attributes:
        sent: When, in seconds since 1970.
    """

    id: str
    body: dict[str, Any]
    receipt: str
    sent: float


class Queue:
    """One queue, looked through once."""

    def __init__(self, client: Any, url: str, clock: Clock | None = None) -> None:
        self._client, self._url, self._clock = client, url, clock or Clock()
        self._held: dict[str, Message] = {}
        self._prolonged = 0.0

    @contextmanager
    def messages(self, *, wait: bool = True) -> Iterator[list[Message]]:
        """Every message; shown again to all at the end.

        Args:
            wait: Until no message is hidden by another reader. Otherwise those are
                left out, for callers that look again anyway.

        Raises:
            DeploymentError: messages stay hidden.
        """
        try:
            self._receive()
            if wait:
                self._wait_for_hidden()
            yield list(self._held.values())
        finally:
            self._hide(0)
            self._held.clear()

    def remove(self, message: Message) -> None:
        """Take a message out for good."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
        self._held.pop(message.id, None)
        self._prolong()

    def _wait_for_hidden(self) -> None:
        """Look again until every message was seen at once.

        Meanwhile ours are shown: another reader may wait for them in turn.
        """
        began, told = self._clock.now(), False
        while hidden := self._hidden():
            self._hide(0)
            self._held.clear()
            name, number = self._url.rpartition("/")[2], counted(hidden, "message")
            if self._clock.now() - began > PATIENCE:
                msg = (
                    f"{number} of the queue {name} stay hidden, so nobody can say what "
                    "was rejected: another command or a consumer reads it; end that, "
                    "then run this again"
                )
                raise DeploymentError(msg)
            if not told:
                terminal.say(
                    f"{number} of the queue {name} are being read by another command, "
                    f"or by one that was killed: waiting, {PATIENCE:.0f} s at most."
                )
            told = True
            # Two who wait do not come back at the same time.
            self._clock.sleep(1 + secrets.randbelow(1_000) / 1_000)
            self._receive()

    def _hidden(self) -> int:
        """How many messages there are that we did not receive.

        Hiding moves a message from one count to the other; their sum stays.
        """
        answer = self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=_COUNTS
        )
        total = sum(int(answer["Attributes"][name]) for name in _COUNTS)
        return max(0, min(total, _MOST) - len(self._held))

    def _receive(self) -> None:
        self._prolonged = self._clock.now()
        while len(self._held) < _MOST:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN,
                WaitTimeSeconds=_WAIT,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            found = answer.get("Messages", ())
            if not found:
                return
            self._held |= {one["MessageId"]: _message(one) for one in found}
            self._prolong()

    def _prolong(self) -> None:
        """Keep what we hold hidden, once a good part of its time is over."""
        if self._clock.now() - self._prolonged > HIDDEN / 3:
            self._prolonged = self._clock.now()
            self._hide(HIDDEN)

    def _hide(self, seconds: int) -> None:
        """Hide what we hold for so many seconds from now on; 0 shows it."""
        held = list(self._held.values())
        for start in range(0, len(held), 10):
            self._hide_some(held[start : start + 10], seconds)

    def _hide_some(self, messages: Sequence[Message], seconds: int) -> None:
        entries = [
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


def _message(received: dict[str, Any]) -> Message:
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
