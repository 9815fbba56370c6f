"""Invoke the function for keys at a limited rate, and wait for completion."""

from __future__ import annotations

import json
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload_cli import terminal
from resize_on_upload_cli.compare.key_diff import MISSING, ORPHANED, STALE
from resize_on_upload_cli.stack.parallel import map_parallel
from resize_on_upload_cli.stack.queued_uploads import failed_since, rejections
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable

    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.stack.deployment import Deployment

MAX_PENDING = 500
"""Keys that were dispatched and are not known to be done; more have to wait."""

TIMEOUT_SECONDS = 120.0
"""Time without any key done after which the rest is left to Lambda's retries."""

_POLL_SECONDS = 1.0

_PAUSE_SECONDS = 0.1

_MAX_QUEUE_POLL_SECONDS = 10.0
"""Longest time between two reads of the queues, after as long without a key done."""

_QUIET_SECONDS = 5.0
"""Time without any key done after which a note lists the pending keys."""

_MAX_LISTED = 3
"""Keys that such a note lists."""

_UNFINISHED = (MISSING, STALE, ORPHANED)


def invoke(deployment: Deployment, event: Any) -> None:
    """Invoke the function asynchronously; Lambda retries, then queues it as failed."""
    deployment.client("lambda").invoke(
        FunctionName=deployment.outputs["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps(event),
    )


class Dispatcher:
    """Dispatches keys to the function and waits for them.

    Args:
        buckets: Determines which keys are done.
        rate: Keys per second.
        total: What the progress bar counts to.
    """

    def __init__(self, buckets: BucketDiff, rate: float, total: int) -> None:
        self._buckets, self._rate, self._total = buckets, rate, total
        self._deployment = buckets.deployment
        self._clock = buckets.deployment.clock
        self._pending: deque[str] = deque()
        self._failed: list[str] = []
        self._done = 0
        self._began = self._clock.wall_time()
        self._polled = self._clock.monotonic()
        self._reset_timeout()

    def run(self, keys: Iterable[str], *, done: int = 0) -> list[str]:
        """Dispatch every key and wait for it; return the keys that are not done.

        Args:
            keys: The keys to dispatch.
            done: How many of the total were done before, for the bar.
        """
        self._done = done
        began = self._clock.monotonic()
        for number, key in enumerate(keys, start=1):
            invoke(self._deployment, reconcile_event(self._deployment.original, key))
            self._pending.append(key)
            self._wait(began + number / self._rate - self._clock.monotonic())
            while len(self._pending) >= MAX_PENDING and not self._timed_out():
                self._wait(_PAUSE_SECONDS)
        while self._pending and not self._timed_out():
            self._wait(_PAUSE_SECONDS)
        return [*self._failed, *self._pending]

    def _wait(self, seconds: float) -> None:
        self._clock.sleep(max(0.0, seconds))
        if self._clock.monotonic() - self._polled >= _POLL_SECONDS:
            self._poll()

    def _poll(self) -> None:
        self._remove_done()
        if self._clock.monotonic() >= self._next_queue_poll:
            self._poll_queues()
        self._polled = self._clock.monotonic()
        terminal.show_progress(self._done, self._total)

    def _reset_timeout(self) -> None:
        self._progressed, self._noted = self._clock.monotonic(), False
        self._next_queue_poll = self._progressed + _POLL_SECONDS

    def _timed_out(self) -> bool:
        return self._clock.monotonic() - self._progressed > TIMEOUT_SECONDS

    def _remove_done(self) -> None:
        diffs = map_parallel(self._buckets.compare, self._pending)
        pairs = zip(self._pending, diffs, strict=True)
        pending = deque(
            key for key, diff in pairs if diff and diff.state in _UNFINISHED
        )
        if len(pending) < len(self._pending):
            self._done += len(self._pending) - len(pending)
            self._pending = pending
            self._reset_timeout()

    def _poll_queues(self) -> None:
        """Find out what was rejected or has failed, after a time without progress."""
        found = rejections(self._deployment, wait=False)
        self._buckets.rejections.update(found)
        self._remove_done()
        self._remove_failed(failed_since(self._deployment, self._began))
        now = self._clock.monotonic()
        idle = now - self._progressed
        pause = min(max(idle, _POLL_SECONDS), _MAX_QUEUE_POLL_SECONDS)
        self._next_queue_poll = now + pause
        if self._pending and not self._noted and idle >= _QUIET_SECONDS:
            self._noted = True
            self._note_pending(self._clock.wall_time() + TIMEOUT_SECONDS - idle)

    def _note_pending(self, end: float) -> None:
        number = plural(len(self._pending), "key")
        until = time.strftime("%H:%M:%S", time.localtime(end))
        terminal.say(f"Waiting for {number}, until {until}: {_listed(self._pending)}")

    def _remove_failed(self, keys: Container[str]) -> None:
        """Stop waiting for keys that Lambda does not retry any more."""
        failed = [key for key in self._pending if key in keys]
        if failed:
            self._failed += failed
            self._pending = deque(key for key in self._pending if key not in keys)
            verb = "is" if len(failed) == 1 else "are"
            number = plural(len(failed), "key")
            terminal.say(f"{number} {verb} in the failed queue now: {_listed(failed)}")


def _listed(keys: Collection[str]) -> str:
    """Return the first keys, and how many more there are."""
    shown = ", ".join(islice(keys, _MAX_LISTED))
    more = len(keys) - _MAX_LISTED
    return f"{shown} and {more:,} more" if more > 0 else shown
