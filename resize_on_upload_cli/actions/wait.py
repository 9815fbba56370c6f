"""Wait until the variants of an upload exist, or are gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from resize_on_upload_cli.compare.key_diff import CURRENT, REJECTED
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.stack.queued_uploads import rejections

if TYPE_CHECKING:
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.key_diff import KeyDiff

TIMEOUT_SECONDS = 60.0
"""A cold start takes less than two."""

_POLL_SECONDS = 0.25


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
            buckets.rejections.update(rejections(buckets.deployment, wait=False))
        time.sleep(_POLL_SECONDS)
    msg = (
        f"variants of {key} are missing after {TIMEOUT_SECONDS:.0f} s; see the log "
        f"group {buckets.deployment.outputs['LogGroupName']} for the reason"
    )
    raise UnfinishedError(msg)


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
