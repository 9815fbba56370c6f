"""Make a call for each of many items: side by side, at a limited rate."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from botocore.exceptions import ClientError

from resize_on_upload.storage.overload import OVERLOADED
from resize_on_upload_cli import terminal
from resize_on_upload_cli.bulk.token_bucket import TokenBucket
from resize_on_upload_cli.stack.parallel import MAX_CALLS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future

    from resize_on_upload_cli.stack.clock import Clock

_Item = TypeVar("_Item")

MAX_IN_FLIGHT = 2 * MAX_CALLS
"""Calls that are begun and not known to be accepted."""

THROTTLED_SECONDS = 120.0
"""Time in which AWS throttles every call after which its error ends the command."""

_THROTTLED = OVERLOADED | {"TooManyRequestsException", "429"}


class PacedCalls(Generic[_Item]):
    """Calls a function for each item, again if AWS throttles it.

    Args:
        call: Runs in threads.
        rate: Calls per second.
        clock: What measures and waits; only the thread of `run` uses it.
    """

    def __init__(
        self, call: Callable[[_Item], None], rate: float, clock: Clock
    ) -> None:
        self._call, self._clock = call, clock
        self._bucket = TokenBucket(rate, clock)
        self._begun: deque[tuple[_Item, Future[None]]] = deque()
        self._accepted = clock.monotonic()

    def run(self, items: Iterable[_Item]) -> Generator[_Item]:
        """Yield each item whose call was accepted, in order; items may be any number.

        If this ends early, calls that are begun still end, and are yielded to nobody.
        """
        with ThreadPoolExecutor(MAX_CALLS) as pool:
            self._accepted = self._clock.monotonic()
            for item in items:
                self._bucket.take()
                self._begun.append((item, pool.submit(self._call, item)))
                while self._begun and self._has_to_wait():
                    yield self._first(pool)
            while self._begun:
                yield self._first(pool)

    def _has_to_wait(self) -> bool:
        return len(self._begun) >= MAX_IN_FLIGHT or self._begun[0][1].done()

    def _first(self, pool: ThreadPoolExecutor) -> _Item:
        """Return the first item that was begun, when its call is accepted."""
        item, call = self._begun.popleft()
        while not self._is_accepted(call):
            call = pool.submit(self._call, item)
        self._accepted = self._clock.monotonic()
        return item

    def _is_accepted(self, call: Future[None]) -> bool:
        """Return whether a call was accepted; if it was throttled, wait."""
        try:
            call.result()
        except ClientError as error:
            if error.response["Error"].get("Code") not in _THROTTLED:
                raise
            if self._clock.monotonic() - self._accepted > THROTTLED_SECONDS:
                raise
            if self._bucket.slow_down():
                rate = f"{self._bucket.rate:.3g}"
                terminal.say(f"AWS throttles the calls: continuing at {rate} a second.")
            return False
        return True
