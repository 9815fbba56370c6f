"""Limit a rate: a token bucket, which is filled more slowly while AWS throttles."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resize_on_upload_cli.stack.clock import Clock

_BURST_SECONDS = 1.0
"""Unused time that can be made up for."""

_RECOVERY_SECONDS = 60.0
"""Time until the full rate after the rate was lowered to nearly nothing."""

_MIN_RATE = 1.0
"""Per second; throttling does not lower the rate below it."""

_MIN_PAUSE, _MAX_PAUSE = 0.5, 30.0
"""Seconds to wait after AWS has throttled, before a random part is added."""


class TokenBucket:
    """Hands out tokens at a rate; one thread uses it.

    Args:
        rate: Tokens per second.
        clock: What measures and waits.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self._highest = self.rate = rate
        self._clock = clock
        self._tokens, self._filled = 1.0, clock.monotonic()
        self._pause, self._slowed = _MIN_PAUSE, float("-inf")

    def take(self) -> None:
        """Take a token; wait until there is one."""
        self._fill()
        if self._tokens < 1:
            self._clock.sleep((1 - self._tokens) / self.rate)
            self._fill()
        self._tokens -= 1

    def slow_down(self) -> bool:
        """Halve the rate and wait, as AWS throttles; return whether it was halved.

        Calls that were made at the same time are throttled together and count once.
        """
        if self._clock.monotonic() - self._slowed < self._pause:
            self._sleep(_MIN_PAUSE)
            return False
        self.rate = max(self.rate / 2, min(self._highest, _MIN_RATE))
        self._sleep(self._pause)
        self._pause = min(2 * self._pause, _MAX_PAUSE)
        self._slowed = self._filled = self._clock.monotonic()
        self._tokens = 0.0
        return True

    def _sleep(self, seconds: float) -> None:
        """Wait for a random time around some seconds."""
        self._clock.sleep(seconds * (0.5 + secrets.randbelow(1_000) / 1_000))

    def _fill(self) -> None:
        now = self._clock.monotonic()
        passed, self._filled = now - self._filled, now
        if self.rate < self._highest:
            recovered = self._highest * passed / _RECOVERY_SECONDS
            self.rate = min(self._highest, self.rate + recovered)
            if self.rate == self._highest:
                self._pause = _MIN_PAUSE
        most = max(1.0, self.rate * _BURST_SECONDS)
        self._tokens = min(most, self._tokens + passed * self.rate)
