"""The two queues, read without taking anything out of them unless told to."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIDDEN = 600
"""Seconds a message is not shown to others while we look at it."""

_WAIT = 1
"""Seconds; whoever waits is answered by all of SQS's servers, not by some.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""

_MOST = 100_000
"""Messages looked at; SQS keeps 120,000 out of sight at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what it says, and how to speak of it to SQS."""

    body: dict[str, Any]
    receipt: str


class Queue:
    """One queue, looked through once."""

    def __init__(self, client: Any, url: str) -> None:
        self._client, self._url = client, url

    @contextmanager
    def messages(self) -> Iterator[list[Message]]:
        """Every message that others do not hold; shown again to all at the end."""
        held = list(self._received())
        try:
            yield held
        finally:
            for start in range(0, len(held), 10):
                self._show(held[start : start + 10])

    def remove(self, message: Message) -> None:
        """Take a message out for good."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)

    def _received(self) -> Iterator[Message]:
        count = 0
        while count < _MOST:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=_HIDDEN,
                WaitTimeSeconds=_WAIT,
            )
            found = answer.get("Messages", ())
            if not found:
                return
            count += len(found)
            for message in found:
                yield Message(_parsed(message["Body"]), message["ReceiptHandle"])

    def _show(self, messages: list[Message]) -> None:
        entries = [
            {
                "Id": str(number),
                "ReceiptHandle": message.receipt,
                "VisibilityTimeout": 0,
            }
            for number, message in enumerate(messages)
        ]
        # Messages that were removed meanwhile are told as failed, and are.
        self._client.change_message_visibility_batch(
            QueueUrl=self._url, Entries=entries
        )


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"unreadable": text}
