"""Call S3 for several objects at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

MAX_PARALLEL_CALLS = 8
"""For one upload; the client keeps ten connections."""


def in_parallel(
    call: Callable[[_Item], _Result], items: Sequence[_Item]
) -> list[_Result]:
    """Each item's result; all are tried before the first error is raised."""
    if len(items) < 2:  # noqa: PLR2004 - one needs no thread
        return [call(item) for item in items]
    with ThreadPoolExecutor(MAX_PARALLEL_CALLS) as pool:
        calls = [pool.submit(call, item) for item in items]
    return [one.result() for one in calls]
