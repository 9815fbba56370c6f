"""Call AWS for many items in parallel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    _Item = TypeVar("_Item")
    _Result = TypeVar("_Result")

MAX_CALLS = 32
"""Calls at the same time."""

_CHUNK = 500
"""Items that are taken before the first result is returned."""


def map_parallel(
    function: Callable[[_Item], _Result], items: Iterable[_Item]
) -> Iterator[_Result]:
    """Yield each item's result, in order; items may be any number."""
    remaining = iter(items)
    with ThreadPoolExecutor(MAX_CALLS) as pool:
        while chunk := list(islice(remaining, _CHUNK)):
            yield from pool.map(function, chunk)
