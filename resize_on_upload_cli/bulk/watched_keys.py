"""Wait for keys that the function was invoked for: done, rejected or failed."""

from __future__ import annotations

import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from resize_on_upload_cli import terminal
from resize_on_upload_cli.bulk.spool import Spool
from resize_on_upload_cli.compare.key_diff import MISSING, ORPHANED, STALE
from resize_on_upload_cli.queues.queued_uploads import failed_since
from resize_on_upload_cli.stack.parallel import map_parallel
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable

    from resize_on_upload_cli.compare.diff import BucketDiff

MAX_PENDING = 500
"""Keys that are watched and not known to be done; more have to wait."""

TIMEOUT_SECONDS = 120.0
"""Time without any key done after which the rest is left to Lambda's retries."""

_MAX_LOOKED_AT = 100
"""Keys to look at in one poll, each with several HEADs."""

_KEYS_AT_ONCE = 16
"""That one thread looks at, if all are looked at once."""

_POLL_SECONDS = 1.0

_PAUSE_SECONDS = 0.1

_MAX_QUEUE_POLL_SECONDS = 10.0
"""Longest time between two reads of the queues, after as long without a key done."""

_QUIET_SECONDS = 5.0
"""Time without any key done after which a note lists the pending keys."""

_MAX_LISTED = 3
"""Keys that such a note lists."""

_UNFINISHED = (MISSING, STALE, ORPHANED)


class WatchedKeys:
    """Keys that are watched until they are done.

    Args:
        buckets: Determines which keys are done.
        total: What the progress bar counts to.

    Attributes:
        done: What the bar shows.
        stands_for: Keys that are taken to be done when one watched key is.
        left: Keys that are not waited for any more, and not done.
    """

    def __init__(self, buckets: BucketDiff, total: int) -> None:
        self._buckets, self._total = buckets, total
        self._deployment = buckets.deployment
        self._clock = buckets.deployment.clock
        self._pending: deque[str] = deque()
        self.left: Spool[str] = Spool()
        self.done, self.stands_for = 0, 1
        self._began = self._clock.wall_time()
        self._polled = self._clock.monotonic()
        self._reset_timeout()

    def add(self, key: str) -> bool:
        """Watch a key; wait until another one can be. Return whether one can."""
        self._pending.append(key)
        self.poll_if_due()
        while len(self._pending) >= MAX_PENDING and not self._timed_out():
            self._wait()
        return len(self._pending) < MAX_PENDING

    def wait_for_all(self) -> None:
        """Wait until no key is watched, or none has become done for a long time."""
        while self._pending and not self._timed_out():
            self._wait()
        self.left.extend(self._pending)
        self._pending.clear()

    def look_at(self, keys: Iterable[str]) -> None:
        """Look at keys that are probably done and count as such; wait for the others.

        If for a long time none has become done, only look at them.
        """
        self._reset_timeout()
        for key in filter(None, map_parallel(self._unfinished, keys, _KEYS_AT_ONCE)):
            self.done -= 1
            if self._timed_out():
                self.left.append(key)
            else:
                self.add(key)
        self.wait_for_all()

    def poll_if_due(self) -> None:
        """Look at the watched keys, but not too often."""
        if self._clock.monotonic() - self._polled >= _POLL_SECONDS:
            self._poll()

    def _wait(self) -> None:
        self._clock.sleep(_PAUSE_SECONDS)
        self.poll_if_due()

    def _poll(self) -> None:
        self._remove_done()
        if self._clock.monotonic() >= self._next_queue_poll:
            self._poll_queues()
        self._polled = self._clock.monotonic()
        terminal.show_progress(self.done, self._total)

    def _reset_timeout(self) -> None:
        self._progressed, self._noted = self._clock.monotonic(), False
        self._next_queue_poll = self._progressed + _POLL_SECONDS

    def _timed_out(self) -> bool:
        return self._clock.monotonic() - self._progressed > TIMEOUT_SECONDS

    def _remove_done(self) -> None:
        """Look at those that are waited for longest; the others have to wait."""
        number = min(len(self._pending), _MAX_LOOKED_AT)
        oldest = [self._pending.popleft() for _ in range(number)]
        unfinished = [*filter(None, map_parallel(self._unfinished, oldest))]
        self._pending.extend(unfinished)
        if len(unfinished) < number:
            self.done += (number - len(unfinished)) * self.stands_for
            self._reset_timeout()

    def _unfinished(self, key: str) -> str | None:
        """Return the key if it is not done."""
        diff = self._buckets.compare(key)
        return key if diff and diff.state in _UNFINISHED else None

    def _poll_queues(self) -> None:
        """Find out what was rejected or has failed, after a time without progress."""
        self._buckets.rejections.add_of(self._deployment)
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
            self.left.extend(failed)
            self._pending = deque(key for key in self._pending if key not in keys)
            verb = "is" if len(failed) == 1 else "are"
            number = plural(len(failed), "key")
            terminal.say(f"{number} {verb} in the failed queue now: {_listed(failed)}")


def _listed(keys: Collection[str]) -> str:
    """Return the first keys, and how many more there are."""
    shown = ", ".join(islice(keys, _MAX_LISTED))
    more = len(keys) - _MAX_LISTED
    return f"{shown} and {more:,} more" if more > 0 else shown
