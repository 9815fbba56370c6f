"""Call S3 for several objects at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

MAX_PARALLEL_CALLS = 9
"""For one upload; the client keeps ten connections."""


def in_parallel(
    call: Callable[[_Item], _Result],
    items: Sequence[_Item],
    *others: Callable[[], object],
) -> list[_Result]:
    """Each item's result; all are tried before the first error is raised.

    Args:
        call: For each item.
        items: In the order of the results.
        others: More calls to make at the same time.
    """
    if len(items) + len(others) < 2:  # noqa: PLR2004 - one needs no thread
        for other in others:
            other()
        return [call(item) for item in items]
    with ThreadPoolExecutor(MAX_PARALLEL_CALLS) as pool:
        calls = [pool.submit(call, item) for item in items]
        more = [pool.submit(other) for other in others]
    results = [one.result() for one in calls]
    for one in more:
        one.result()
    return results
