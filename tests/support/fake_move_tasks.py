"""SQS's tasks that move the messages of a dead-letter queue, in memory.

As in SQS: only from a dead-letter queue, one task at a time, at most at the given rate;
a task is listed a little late, and its handle only while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.support.fake_sqs import FakeSQS

LISTED_AFTER = 2.0
"""Seconds."""


@dataclass
class _Task:
    source: str
    destination: str
    rate: int
    started: float
    total: int
    moved: int = 0
    status: str = "RUNNING"
    reason: str = ""

    def listed(self) -> dict[str, Any]:
        handle = {"TaskHandle": str(self.started)} if self.status == "RUNNING" else {}
        reason = {"FailureReason": self.reason} if self.reason else {}
        return (
            handle
            | reason
            | {
                "Status": self.status,
                "StartedTimestamp": round(self.started * 1_000),
                "ApproximateNumberOfMessagesMoved": self.moved,
                "ApproximateNumberOfMessagesToMove": self.total,
            }
        )


class MoveTasks:
    """The tasks of all queues.

    Attributes:
        dead_letters: The URLs of the queues that others move messages to.
        refusal: The code of the error for every call; empty for none.
        breaks_after: Messages after which a task fails; 0 for never.
    """

    def __init__(self, sqs: FakeSQS) -> None:
        self._sqs = sqs
        self.dead_letters: set[str] = set()
        self.refusal, self.breaks_after = "", 0
        self.tasks: list[_Task] = []

    def start(self, **call: Any) -> dict[str, Any]:
        self._refuse("StartMessageMoveTask", self.refusal)
        source, rate = _url(call["SourceArn"]), call["MaxNumberOfMessagesPerSecond"]
        if source not in self.dead_letters:
            self._refuse("StartMessageMoveTask", "InvalidParameterValue")
        if any(one.status == "RUNNING" for one in self.tasks):
            self._refuse("StartMessageMoveTask", "UnsupportedOperation")
        assert isinstance(rate, int)
        assert 1 <= rate <= 500
        now, total = self._sqs.clock.now, len(self._sqs.queues[source])
        self.tasks.append(_Task(source, _url(call["DestinationArn"]), rate, now, total))
        return {"TaskHandle": str(now)}

    def listed(self, **call: Any) -> dict[str, Any]:
        self._refuse("ListMessageMoveTasks", self.refusal)
        for task in self.tasks:
            self._advance(task)
        seen = self._sqs.clock.now - LISTED_AFTER
        of_queue = [one for one in self.tasks if one.source == _url(call["SourceArn"])]
        found = [one.listed() for one in of_queue if one.started <= seen]
        return {"Results": found[::-1][:1]}

    def cancel(self, **call: Any) -> dict[str, Any]:
        (task,) = (one for one in self.tasks if str(one.started) == call["TaskHandle"])
        self._advance(task)
        if task.status != "RUNNING":
            self._refuse("CancelMessageMoveTask", "ResourceNotFoundException")
        task.status = "CANCELLING"
        return {"ApproximateNumberOfMessagesMoved": task.moved}

    def _advance(self, task: _Task) -> None:
        if task.status == "CANCELLING":
            task.status = "CANCELLED"
        if task.status != "RUNNING":
            return
        passed = self._sqs.clock.now - task.started
        visible = self._sqs.visible(task.source)
        for message in visible[: int(passed * task.rate) - task.moved]:
            if self.breaks_after and task.moved == self.breaks_after:
                task.status, task.reason = "FAILED", "AccessDenied"
                return
            self._sqs.queues[task.source].remove(message)
            self._sqs.send(task.destination, message.body)
            task.moved += 1
        if not self._sqs.visible(task.source):
            task.status = "COMPLETED"

    def _refuse(self, operation: str, code: str) -> None:
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def _url(arn: str) -> str:
    return arn.removeprefix("arn:")
