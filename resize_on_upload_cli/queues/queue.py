"""Read a queue without deleting its messages, unless the reader is done with them.

SQS hides a message from others while somebody reads it, and for a while after a reader
was killed. A reader therefore compares the number of messages it received with the
number in the queue, and waits until none is hidden: otherwise it would report a
rejected key as missing.
"""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from resize_on_upload_cli import terminal
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.queues.calls import QueueCalls, QueueGoneError
from resize_on_upload_cli.queues.deletions import Deletions
from resize_on_upload_cli.queues.hidden import (
    MAX_HIDDEN,
    VISIBILITY_SECONDS,
    HiddenMessages,
)
from resize_on_upload_cli.stack.clock import Clock
from resize_on_upload_cli.stack.parallel import MAX_CALLS
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from concurrent.futures import Future

    from mypy_boto3_sqs import SQSClient

    from resize_on_upload_cli.queues.message import Message

TIMEOUT_SECONDS = 2.0 * VISIBILITY_SECONDS
"""How long to wait for hidden messages; a killed reader's return after half of it."""

_QUIET_SECONDS = 5.0
"""How long to wait without saying so: SQS counts its messages a little late."""


class Queue:
    """A queue, to be read once.

    Args:
        client: Of SQS.
        url: Of the queue.
        clock: What measures and waits.
        pause: Seconds that may pass between two messages that are read.
    """

    def __init__(
        self,
        client: SQSClient,
        url: str,
        clock: Clock | None = None,
        *,
        pause: float = 0.0,
    ) -> None:
        self._name, self._clock = url.rpartition("/")[2], clock or Clock()
        self._calls = QueueCalls(client, url)
        self._hidden = HiddenMessages(self._calls, self._clock, pause)
        self._pool = ThreadPoolExecutor(MAX_CALLS)
        self._deletions = Deletions(self._calls, self._hidden, self._pool)

    def is_cut_off(self) -> bool:
        """Whether messages were not received, as SQS would refuse to hide them."""
        return self._hidden.is_full and self._calls.count() > len(self._hidden)

    @contextmanager
    def messages(
        self, *, wait: bool = True, at_once: int = 1
    ) -> Iterator[Iterator[Message]]:
        """Receive every message; at the end they are visible to others again.

        A message may come more than once.

        Args:
            wait: Whether to wait for messages that another reader hides. Otherwise
                they are left out, for callers that read the queue again later.
            at_once: Calls that receive at the same time.

        Raises:
            DeploymentError: messages stay hidden, or the queue is gone.
        """
        with self._pool:
            try:
                with closing(self._all(at_once, wait=wait)) as received:
                    yield received
            finally:
                with suppress(QueueGoneError):
                    self._deletions.finish()
                    self._hidden.release()

    def delete(self, messages: Iterable[Message]) -> None:
        """Delete messages from the queue; those that SQS does not delete stay there."""
        self._deletions.add(messages)
        self._hidden.keep()

    def _all(self, at_once: int, *, wait: bool) -> Generator[Message]:
        yield from self._receive(at_once)
        if wait:
            yield from self._wait_for_others(at_once)

    def _receive(self, at_once: int) -> Iterator[Message]:
        """Yield what is visible, until nothing is."""
        calls: deque[Future[list[Message]]] = deque()
        is_empty = False
        try:
            while True:
                while len(calls) < at_once and not (is_empty or self._hidden.is_full):
                    seconds = self._hidden.seconds()
                    calls.append(self._pool.submit(self._calls.receive, seconds))
                if not calls:
                    return
                found = calls.popleft().result()
                is_empty = is_empty or not found
                self._hidden.add(found)
                self._hidden.keep()
                yield from found
        finally:
            for call in calls:  # they hide messages, even if nobody wants them
                self._hidden.add(call.result())

    def _wait_for_others(self, at_once: int) -> Iterator[Message]:
        """Receive again until every message was received at once.

        Messages are released meanwhile: another reader may be waiting for them.
        """
        began, reported = self._clock.monotonic(), False
        while number := self._hidden_by_others():
            self._hidden.release()
            waited = self._clock.monotonic() - began
            if waited > TIMEOUT_SECONDS:
                raise _stay_hidden(self._name, number)
            if waited > _QUIET_SECONDS and not reported:
                terminal.say(
                    f"{plural(number, 'message')} of the queue {self._name} are being "
                    "read by another command, or by one that was killed: waiting up to "
                    f"{TIMEOUT_SECONDS:.0f} s."
                )
                reported = True
            # A random pause, so that two readers do not return at the same time.
            self._clock.sleep(1 + secrets.randbelow(1_000) / 1_000)
            yield from self._receive(at_once)

    def _hidden_by_others(self) -> int:
        """Return how many messages others hide.

        Hiding moves a message from one count to the other; their sum stays the same.
        """
        self._deletions.finish()
        return max(0, min(self._calls.count(), MAX_HIDDEN) - len(self._hidden))


def _stay_hidden(queue: str, number: int) -> DeploymentError:
    msg = (
        f"{plural(number, 'message')} of the queue {queue} stay hidden, so not every "
        "upload in it is known: another command or a consumer is reading it; stop "
        "that, then run this again"
    )
    return DeploymentError(msg)
