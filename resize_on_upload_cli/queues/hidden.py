"""The messages that a reader hides from others; their receipts are on disk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from resize_on_upload_cli.queues.calls import MAX_BATCH
from resize_on_upload_cli.queues.on_disk import Receipts
from resize_on_upload_cli.stack.parallel import map_parallel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resize_on_upload_cli.queues.calls import QueueCalls
    from resize_on_upload_cli.queues.message import Message
    from resize_on_upload_cli.stack.clock import Clock

VISIBILITY_SECONDS = 60
"""How long a message that is being read is hidden from others; extended as needed."""

MAX_HIDDEN = 100_000
"""Messages to hide at the same time; SQS hides 120,000 at most."""

_PER_SECOND = 100
"""Hidden messages for which all are hidden for a second longer: a call is about ten,
and to hide many again takes a while."""

_MAX_SECONDS = 12 * 3_600
"""SQS's limit."""


class HiddenMessages:
    """Messages of one queue that are hidden until they are deleted or released.

    Args:
        calls: About the queue.
        clock: What measures.
        pause: Seconds that may pass between two calls of `keep`.
    """

    def __init__(self, calls: QueueCalls, clock: Clock, pause: float) -> None:
        self._calls, self._clock, self._pause = calls, clock, pause
        self._receipts = Receipts()
        self._since, self._shortest = clock.monotonic(), _MAX_SECONDS

    def __len__(self) -> int:
        """Return their number."""
        return len(self._receipts)

    @property
    def is_full(self) -> bool:
        """Whether SQS would refuse to hide more."""
        return len(self) >= MAX_HIDDEN

    def seconds(self) -> int:
        """Return for how long to hide a message that is received now."""
        if not self._receipts:
            self._since, self._shortest = self._clock.monotonic(), _MAX_SECONDS
        self._shortest = min(self._shortest, self._needed)
        return self._needed

    @property
    def _needed(self) -> int:
        seconds = VISIBILITY_SECONDS + len(self) // _PER_SECOND + 3 * self._pause
        return int(min(seconds, _MAX_SECONDS))

    def add(self, messages: Iterable[Message]) -> None:
        """Add messages that were received."""
        for message in messages:
            self._receipts.hold(message.id, message.receipt)

    def remove(self, messages: Iterable[Message]) -> None:
        """Remove messages that were deleted."""
        for message in messages:
            self._receipts.forget(message.id)

    def keep(self) -> None:
        """Hide all for longer, after a third of their time."""
        if self._clock.monotonic() - self._since > self._shortest / 3:
            self._since, self._shortest = self._clock.monotonic(), self._needed
            self._hide(self._shortest)

    def release(self) -> None:
        """Make all visible to others."""
        self._hide(0)
        self._receipts.clear()

    def _hide(self, seconds: int) -> None:
        hide = partial(self._calls.hide, seconds=seconds)
        # One by one, they would return meanwhile.
        for _ in map_parallel(hide, self._receipts.batches(MAX_BATCH)):
            pass
