"""Delete messages by tens, side by side with what their reader does."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from resize_on_upload_cli.queues.calls import MAX_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor, Future

    from resize_on_upload_cli.queues.calls import QueueCalls
    from resize_on_upload_cli.queues.hidden import HiddenMessages
    from resize_on_upload_cli.queues.message import Message

_MAX_CALLS = 16
"""That are begun and whose result is not known."""


class Deletions:
    """Messages to delete; those that SQS does not delete stay hidden.

    Args:
        calls: About the queue.
        hidden: From which deleted messages are removed.
        pool: Makes the calls.
    """

    def __init__(
        self, calls: QueueCalls, hidden: HiddenMessages, pool: Executor
    ) -> None:
        self._calls, self._hidden, self._pool = calls, hidden, pool
        self._waiting: list[Message] = []
        self._begun: deque[Future[list[Message]]] = deque()

    def add(self, messages: Iterable[Message]) -> None:
        """Delete messages soon."""
        self._waiting += messages
        while len(self._waiting) >= MAX_BATCH:
            self._begin()
        while self._begun and (len(self._begun) > _MAX_CALLS or self._begun[0].done()):
            self._end()

    def finish(self) -> None:
        """Delete what is left, and wait."""
        while self._waiting:
            self._begin()
        while self._begun:
            self._end()

    def _begin(self) -> None:
        some = self._waiting[:MAX_BATCH]
        del self._waiting[:MAX_BATCH]
        self._begun.append(self._pool.submit(self._calls.delete, some))

    def _end(self) -> None:
        self._hidden.remove(self._begun.popleft().result())
