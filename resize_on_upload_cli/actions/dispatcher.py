"""Invoke the function for keys at a limited rate, and wait for completion.

At a low rate every key is watched. At a higher one, a sample is while the function is
invoked, and all others are looked at once at the end.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload_cli import terminal
from resize_on_upload_cli.bulk.paced_calls import PacedCalls
from resize_on_upload_cli.bulk.watched_keys import WatchedKeys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from resize_on_upload_cli.bulk.spool import Spool
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.stack.deployment import Deployment

_WATCHED_PER_SECOND = 50
"""Keys to watch, of those that the function is invoked for in a second."""


def invoke(deployment: Deployment, event: Any) -> None:
    """Invoke the function asynchronously; Lambda retries, then queues it as failed."""
    response = deployment.client("lambda").invoke(
        FunctionName=deployment.backfill_function,
        InvocationType="Event",
        Payload=json.dumps(event),
    )
    response["Payload"].read()  # it is empty; only now can the connection be used again


class Dispatcher:
    """Dispatches keys to the function and waits for them.

    Args:
        buckets: Determines which keys are done.
        rate: Keys per second.
        total: What the progress bar counts to.
    """

    def __init__(self, buckets: BucketDiff, rate: float, total: int) -> None:
        self._deployment = buckets.deployment
        self._deployment.client("lambda")  # made here, as boto3 makes it in one thread
        self._rate, self._total = rate, total
        self._watched = WatchedKeys(buckets, total)
        self._sample = max(1, round(rate / _WATCHED_PER_SECOND))

    def run(self, keys: Collection[str], *, done: int = 0) -> Spool[str]:
        """Dispatch every key and wait for it; return the keys that are not done.

        Args:
            keys: The keys to dispatch; read more than once.
            done: How many of the total were done before, for the bar.
        """
        watched = self._watched
        watched.done, watched.stands_for = done, self._sample
        try:
            dispatched = self._dispatch(keys)
            watched.wait_for_all()
            watched.done, watched.stands_for = done + dispatched - len(watched.left), 1
            watched.look_at(self._unwatched(islice(keys, dispatched)))
        except KeyboardInterrupt:
            number = f"{max(0, watched.done):,} of {self._total:,}"
            terminal.say("", f"About {number} keys are done.")
            raise
        watched.left.extend(islice(keys, dispatched, None))
        return watched.left

    def _dispatch(self, keys: Iterable[str]) -> int:
        """Invoke the function for each key; return their number.

        It ends early if for a long time none has become done.
        """
        calls = PacedCalls(self._invoke, self._rate, self._deployment.clock)
        number = 0
        for number, key in enumerate(calls.run(keys), start=1):
            if number % self._sample:
                self._watched.poll_if_due()
            elif not self._watched.add(key):
                return number
        return number

    def _invoke(self, key: str) -> None:
        invoke(self._deployment, reconcile_event(self._deployment.original, key))

    def _unwatched(self, keys: Iterable[str]) -> Iterable[str]:
        numbered = enumerate(keys, start=1)
        return (key for number, key in numbered if number % self._sample)
