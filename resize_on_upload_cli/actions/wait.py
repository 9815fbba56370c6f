"""Wait until the variants of an upload exist, or are gone."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from resize_on_upload_cli.compare.key_diff import CURRENT, MISSING, REJECTED, KeyDiff
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.stack.parallel import MAX_CALLS, map_parallel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from resize_on_upload_cli.compare.diff import BucketDiff

TIMEOUT_SECONDS = 60.0
"""A cold start takes less than two."""

_POLL_SECONDS = 0.25

_GONE = "its original is gone"


def wait_for_variants(buckets: BucketDiff, key: str) -> KeyDiff:
    """Return the key's diff, once it is current or rejected.

    Raises:
        UnfinishedError: it is neither after TIMEOUT_SECONDS.
    """
    began = time.monotonic()
    while time.monotonic() - began < TIMEOUT_SECONDS:
        diff = buckets.compare(key)
        if diff and diff.state in (CURRENT, REJECTED):
            return diff
        if time.monotonic() - began > 1:  # it may have been rejected
            buckets.rejections.add_of(buckets.deployment)
        time.sleep(_POLL_SECONDS)
    msg = (
        f"variants of {key} are missing after {TIMEOUT_SECONDS:.0f} s; see the log "
        f"group {buckets.deployment.outputs['LogGroupName']} for the reason"
    )
    raise UnfinishedError(msg)


def wait_for_all(buckets: BucketDiff, keys: Iterable[str]) -> Iterator[KeyDiff]:
    """Yield each key's diff once it is current or rejected, in any order.

    When none has become so for TIMEOUT_SECONDS, yield what each of the others lacks.
    """
    pending, progress, read_at = deque(keys), time.monotonic(), time.monotonic()
    while pending:
        some = [pending.popleft() for _ in range(min(len(pending), MAX_CALLS))]
        settled = 0
        gave_up = time.monotonic() - progress > TIMEOUT_SECONDS
        for key, diff in zip(some, map_parallel(buckets.compare, some), strict=True):
            if gave_up or (diff and diff.state in (CURRENT, REJECTED)):
                settled += 1
                yield diff or KeyDiff(key, MISSING, _GONE, (), 0, has_original=False)
            else:
                pending.append(key)
        if settled:
            progress = progress if gave_up else time.monotonic()
            continue
        if time.monotonic() - read_at > 1:  # it may have been rejected
            buckets.rejections.add_of(buckets.deployment)
            read_at = time.monotonic()
        time.sleep(_POLL_SECONDS)


def wait_until_gone(buckets: BucketDiff, key: str) -> None:
    """Return when the key has no variants.

    Raises:
        UnfinishedError: it has some after TIMEOUT_SECONDS.
    """
    began = time.monotonic()
    while time.monotonic() - began < TIMEOUT_SECONDS:
        if buckets.compare(key) is None:
            return
        time.sleep(_POLL_SECONDS)
    msg = (
        f"variants of {key} still exist {TIMEOUT_SECONDS:.0f} s after it was deleted; "
        f"see the log group {buckets.deployment.outputs['LogGroupName']} for the reason"
    )
    raise UnfinishedError(msg)
