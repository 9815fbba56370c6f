"""Wait for a condition; a time limit only ends a hang."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SECONDS = 600
"""Far more than anything takes, even on a slow machine under load."""

Found = TypeVar("Found")


def wait_for(find: Callable[[], Found], failure: Callable[[], str]) -> Found:
    """Poll until `find` returns something true; return that.

    Args:
        find: The condition.
        failure: Describes what is missing, if it does not come in MAX_SECONDS.
    """
    deadline = time.monotonic() + MAX_SECONDS
    while not (found := find()):
        if time.monotonic() > deadline:
            pytest.fail(failure())
        time.sleep(0.05)
    return found
