"""Ask the function for keys, no faster than told, and see them through."""

from __future__ import annotations

import json
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from resize_on_upload.events.envelopes import reconcile_event
from tools import terminal
from tools.commands.redrive import failed_since
from tools.compare.diff import MISSING, ORPHANED, STALE, rejections
from tools.stack.deployment import side_by_side
from tools.terminal import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable

    from tools.compare.diff import Comparison
    from tools.stack.deployment import Deployment

MOST_WAITING = 500
"""Keys asked for and not yet seen done; more are not asked for meanwhile."""

PATIENCE = 120.0
"""Seconds without any key done after which the rest is left to Lambda's retries."""

_GLANCE = 1.0
"""Seconds between two looks at what is done."""

_PAUSE = 0.1

_LONGEST_PAUSE = 10.0
"""Seconds between two looks into the queues, once nothing was done for so long."""

_QUIET = 5.0
"""Seconds without any key done after which we say what is waited for."""

_SHOWN = 3
"""Keys that are named."""

_OPEN = (MISSING, STALE, ORPHANED)


def ask(deployment: Deployment, key: str) -> None:
    """Have the function look at a key: accepted, it is retried, then kept as failed."""
    deployment.client("lambda").invoke(
        FunctionName=deployment.outputs["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps(reconcile_event(deployment.original, key)),
    )


class Walk:
    """A walk through keys: asked for at a rate, watched until done."""

    def __init__(self, comparison: Comparison, rate: float, total: int) -> None:
        self._comparison, self._rate, self._total = comparison, rate, total
        self._deployment = comparison.deployment
        self._clock = comparison.deployment.clock
        self._waiting: deque[str] = deque()
        self._failed: list[str] = []
        self._done = 0
        self._began = self._clock.wall()
        self._looked = self._clock.now()
        self._go_on()

    def through(self, keys: Iterable[str], *, done: int = 0) -> list[str]:
        """Ask for every key and wait for it; the keys that are not done.

        Args:
            keys: To ask for.
            done: How many of the total were done before, for the bar.
        """
        self._done = done
        began = self._clock.now()
        for asked, key in enumerate(keys, start=1):
            ask(self._deployment, key)
            self._waiting.append(key)
            self._wait(began + asked / self._rate - self._clock.now())
            while len(self._waiting) >= MOST_WAITING and not self._lost_patience():
                self._wait(_PAUSE)
        while self._waiting and not self._lost_patience():
            self._wait(_PAUSE)
        return [*self._failed, *self._waiting]

    def _wait(self, seconds: float) -> None:
        """Let time pass; every second, look what is done."""
        self._clock.sleep(max(0.0, seconds))
        if self._clock.now() - self._looked < _GLANCE:
            return
        self._take_done()
        if self._clock.now() >= self._look_further:
            self._look_into_queues()
        self._looked = self._clock.now()
        terminal.show(self._done, self._total)

    def _go_on(self) -> None:
        """Begin to be patient anew: something was done."""
        self._moved, self._told = self._clock.now(), False
        self._look_further = self._moved + _GLANCE

    def _lost_patience(self) -> bool:
        return self._clock.now() - self._moved > PATIENCE

    def _take_done(self) -> None:
        items = side_by_side(self._comparison.item, self._waiting)
        pairs = zip(self._waiting, items, strict=True)
        still = deque(key for key, item in pairs if item and item.state in _OPEN)
        if len(still) < len(self._waiting):
            self._done += len(self._waiting) - len(still)
            self._waiting = still
            self._go_on()

    def _look_into_queues(self) -> None:
        """Nothing was done for a while: see what was rejected, and what has failed."""
        found = rejections(self._deployment, wait=False)
        self._comparison.rejections.update(found)
        self._take_done()
        self._give_up(failed_since(self._deployment, self._began))
        now = self._clock.now()
        idle = now - self._moved
        self._look_further = now + min(max(idle, _GLANCE), _LONGEST_PAUSE)
        if self._waiting and not self._told and idle >= _QUIET:
            self._told = True
            self._say_until(self._clock.wall() + PATIENCE - idle)

    def _say_until(self, end: float) -> None:
        number = counted(len(self._waiting), "key")
        until = time.strftime("%H:%M:%S", time.localtime(end))
        terminal.say(f"Waiting for {number}, until {until}: {_some(self._waiting)}")

    def _give_up(self, keys: Container[str]) -> None:
        """Wait no longer for keys that Lambda no longer tries."""
        failed = [key for key in self._waiting if key in keys]
        if failed:
            self._failed += failed
            self._waiting = deque(key for key in self._waiting if key not in keys)
            verb = "is" if len(failed) == 1 else "are"
            number = counted(len(failed), "key")
            terminal.say(f"{number} {verb} in the failed queue by now: {_some(failed)}")


def _some(keys: Collection[str]) -> str:
    """The first keys, and how many more."""
    shown = ", ".join(islice(keys, _SHOWN))
    more = len(keys) - _SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown
