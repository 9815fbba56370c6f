"""Ask the function for keys, no faster than told, and see them through."""

from __future__ import annotations

import json
import time
from collections import deque
from typing import TYPE_CHECKING

from resize_on_upload.events import asking_for
from tools import progress
from tools.comparison import MISSING, ORPHANED, STALE, rejections
from tools.deployment import side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.comparison import Comparison
    from tools.deployment import Deployment

MOST_WAITING = 500
"""Keys asked for and not yet seen done; more are not asked for meanwhile."""

PATIENCE = 120.0
"""Seconds without any key done after which the rest is left to Lambda's retries."""

_GLANCE = 1.0
"""Seconds between two looks at what is done."""

_OPEN = (MISSING, STALE, ORPHANED)


def ask(deployment: Deployment, key: str) -> None:
    """Have the function look at a key: accepted, it is retried, then kept as failed."""
    deployment.client("lambda").invoke(
        FunctionName=deployment.outputs["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps(asking_for(deployment.original, key)),
    )


class Walk:
    """A walk through keys: asked for at a rate, watched until done.

    Attributes:
        left: The keys not seen done in the end.
    """

    def __init__(self, comparison: Comparison, rate: float, total: int) -> None:
        self._comparison, self._rate, self._total = comparison, rate, total
        self._waiting: deque[str] = deque()
        self._done = 0
        self._looked = self._moved = time.monotonic()

    def through(self, keys: Iterable[str], *, done: int = 0) -> list[str]:
        """Ask for every key and wait for it; the keys that are not done.

        Args:
            keys: To ask for.
            done: How many of the total were done before, for the bar.
        """
        self._done = done
        began = time.monotonic()
        for asked, key in enumerate(keys, start=1):
            ask(self._comparison.deployment, key)
            self._waiting.append(key)
            time.sleep(max(0.0, began + asked / self._rate - time.monotonic()))
            self._glance()
            while len(self._waiting) >= MOST_WAITING and not self._lost_patience():
                self._glance()
        while self._waiting and not self._lost_patience():
            time.sleep(0.1)
            self._glance()
        return list(self._waiting)

    def _lost_patience(self) -> bool:
        return time.monotonic() - self._moved > PATIENCE

    def _glance(self) -> None:
        """Every second, take what is done out of what is waited for."""
        if time.monotonic() - self._looked < _GLANCE:
            return
        before = len(self._waiting)
        self._waiting = self._still_open()
        if len(self._waiting) == before:  # perhaps they were rejected
            self._comparison.rejections.update(
                rejections(self._comparison.deployment, wait=False)
            )
            self._waiting = self._still_open()
        self._looked = time.monotonic()
        if len(self._waiting) < before:
            self._moved = self._looked
        self._done += before - len(self._waiting)
        progress.show(self._done, self._total)

    def _still_open(self) -> deque[str]:
        items = side_by_side(self._comparison.item, self._waiting)
        pairs = zip(self._waiting, items, strict=True)
        return deque(key for key, item in pairs if item and item.state in _OPEN)
