"""Wait until the sizes of an upload are there, or are gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tools.compare.diff import CURRENT, REJECTED, Comparison, rejections
from tools.stack.deployment import UnfinishedError

if TYPE_CHECKING:
    from tools.compare.diff import Item

PATIENCE = 60.0
"""Seconds; a cold start takes less than two."""

_EVERY = 0.25


def wait_for(comparison: Comparison, key: str) -> Item:
    """The key, once it is up to date or rejected.

    Raises:
        UnfinishedError: it is neither after PATIENCE; says where to look.
    """
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        item = comparison.item(key)
        if item and item.state in (CURRENT, REJECTED):
            return item
        if time.monotonic() - began > 1:  # perhaps it was rejected
            comparison.rejections.update(rejections(comparison.deployment, wait=False))
        time.sleep(_EVERY)
    msg = (
        f"{key} has not all of its sizes after {PATIENCE:.0f} s; the log group "
        f"{comparison.deployment.outputs['LogGroupName']} says why"
    )
    raise UnfinishedError(msg)


def wait_until_gone(comparison: Comparison, key: str) -> None:
    """Return when no size of the key is left.

    Raises:
        UnfinishedError: some are, after PATIENCE.
    """
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        if comparison.item(key) is None:
            return
        time.sleep(_EVERY)
    msg = f"sizes of {key} are still there, {PATIENCE:.0f} s after it was deleted"
    raise UnfinishedError(msg)
