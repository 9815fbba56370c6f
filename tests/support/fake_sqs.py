"""SQS in memory: received messages are hidden until their time is over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from resize_on_upload_cli.stack import clock
from tests.support.fake_move_tasks import MoveTasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sqs import SQSClient


class Clock:
    """Time that passes only while a command sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.0)
        self.slept()

    def for_commands(self) -> clock.Clock:
        """Return the same time, as the commands read it."""
        return clock.Clock(lambda: self.now, lambda: self.now, self.sleep)


@dataclass
class _Message:
    number: int
    body: str
    sent: float
    visible_from: float = 0.0
    receipt: str = ""


class FakeSQS:
    """A client; long polling advances the clock.

    Attributes:
        kept: Whether SQS does not delete a message.
    """

    def __init__(self, urls: tuple[str, ...]) -> None:
        self.clock = Clock()
        self.queues: dict[str, list[_Message]] = {url: [] for url in urls}
        self._numbers = count(1)
        self.kept: Callable[[], bool] = lambda: False
        self._lock = RLock()
        self.moves = MoveTasks(self)
        self.start_message_move_task = self.moves.start
        self.list_message_move_tasks = self.moves.listed
        self.cancel_message_move_task = self.moves.cancel

    @property
    def client(self) -> SQSClient:
        """Itself, in place of boto3's client."""
        return cast("SQSClient", self)

    def send(self, url: str, body: object) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        message = _Message(next(self._numbers), text, self.clock.now)
        self.queues[url].append(message)

    def receive_message(self, **call: Any) -> dict[str, Any]:
        with self._lock:
            found = self.visible(call["QueueUrl"])[: call["MaxNumberOfMessages"]]
            if not found:
                self.clock.sleep(call["WaitTimeSeconds"])
                found = self.visible(call["QueueUrl"])[: call["MaxNumberOfMessages"]]
            for message in found:
                message.visible_from = self.clock.now + call["VisibilityTimeout"]
                message.receipt = f"{message.number}-{next(self._numbers)}"
            return {"Messages": [_received(one) for one in found]} if found else {}

    def change_message_visibility_batch(self, **call: Any) -> dict[str, Any]:
        for entry in call["Entries"]:
            for message in self._queue(call["QueueUrl"]):
                if message.receipt == entry["ReceiptHandle"]:
                    message.visible_from = self.clock.now + entry["VisibilityTimeout"]
        return {}

    def delete_message_batch(self, **call: Any) -> dict[str, Any]:
        queue = self._queue(call["QueueUrl"])
        assert 1 <= len(call["Entries"]) <= 10
        failed = [entry["Id"] for entry in call["Entries"] if self.kept()]
        receipts = {
            entry["ReceiptHandle"]
            for entry in call["Entries"]
            if entry["Id"] not in failed
        }
        with self._lock:
            queue[:] = [one for one in queue if one.receipt not in receipts]
        return {"Failed": [{"Id": name} for name in failed]} if failed else {}

    def get_queue_attributes(self, **call: Any) -> dict[str, Any]:
        everything = len(self._queue(call["QueueUrl"]))
        visible = len(self.visible(call["QueueUrl"]))
        return {
            "Attributes": {
                "QueueArn": f"arn:{call['QueueUrl']}",
                "ApproximateNumberOfMessages": str(visible),
                "ApproximateNumberOfMessagesNotVisible": str(everything - visible),
            }
        }

    def visible(self, url: str) -> list[_Message]:
        """Return the messages that nobody hides."""
        return [one for one in self._queue(url) if one.visible_from <= self.clock.now]

    def _queue(self, url: str) -> list[_Message]:
        if url not in self.queues:
            code = "AWS.SimpleQueueService.NonExistentQueue"
            raise ClientError({"Error": {"Code": code}}, "AnyCall")
        return self.queues[url]


def _received(message: _Message) -> dict[str, Any]:
    return {
        "MessageId": str(message.number),
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "Attributes": {"SentTimestamp": str(round(message.sent * 1_000))},
    }
