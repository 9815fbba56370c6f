"""Which invocations are running, so that callers can wait for a quiet moment."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Activity:
    """The running invocations, and how many have ended."""

    def __init__(self) -> None:
        self.ended = 0
        self._ended_at = time.monotonic()
        self._started_at: dict[int, float] = {}
        self._number = 0
        self._lock = threading.Lock()

    @contextmanager
    def invocation(self) -> Iterator[None]:
        """Count an invocation as running during the block."""
        with self._lock:
            self._number += 1
            number, self._started_at[self._number] = self._number, time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._started_at[number]
                self.ended, self._ended_at = self.ended + 1, time.monotonic()

    def idle_seconds(self) -> float:
        """Seconds since the last invocation ended; 0 if one is running."""
        with self._lock:
            return 0 if self._started_at else time.monotonic() - self._ended_at

    def running_seconds(self) -> float:
        """Seconds since the oldest running invocation started; 0 if there is none."""
        with self._lock:
            now = time.monotonic()
            return now - min(self._started_at.values(), default=now)
