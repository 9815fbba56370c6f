"""Call AWS for many items in parallel, and read listings ahead."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future
    from typing import TypeVar

    _Item = TypeVar("_Item")
    _Result = TypeVar("_Result")

MAX_CALLS = 32
"""Calls at the same time."""

_MAX_TASKS = 2 * MAX_CALLS
"""Tasks that are begun before the result of the first one is returned."""

_PAGES_AHEAD = 2
"""Of each listing."""


def map_parallel(
    function: Callable[[_Item], _Result], items: Iterable[_Item], at_once: int = 1
) -> Generator[_Result]:
    """Yield each item's result, in order; items may be any number.

    If this ends early, as after Ctrl-C, calls that are begun still end.

    Args:
        function: What is called, in threads.
        items: Drawn as the results are.
        at_once: Items of one task. For short calls, more need less CPU time.
    """
    remaining, stopped = iter(items), Event()
    tasks: deque[Future[list[_Result]]] = deque()

    def each(some: Iterable[_Item]) -> list[_Result]:
        return [function(item) for item in some if not stopped.is_set()]

    with ThreadPoolExecutor(MAX_CALLS) as pool:
        try:
            while some := list(islice(remaining, at_once)):
                tasks.append(pool.submit(each, some))
                if len(tasks) >= _MAX_TASKS:
                    yield from tasks.popleft().result()
            while tasks:
                yield from tasks.popleft().result()
        finally:
            stopped.set()
            for task in tasks:
                task.cancel()


def read_ahead(pages: Iterator[Iterable[_Item]]) -> Generator[_Item]:
    """Yield the items of all pages, the next of which a thread is already reading."""
    with ThreadPoolExecutor(1) as pool:

        def next_page() -> Future[list[_Item] | None]:
            return pool.submit(lambda: next((list(page) for page in pages), None))

        tasks = deque(next_page() for _ in range(_PAGES_AHEAD))
        try:
            while (page := tasks.popleft().result()) is not None:
                tasks.append(next_page())
                yield from page
        finally:
            for task in tasks:
                task.cancel()
