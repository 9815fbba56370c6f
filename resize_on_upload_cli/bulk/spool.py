"""Keep any number of keys in a temporary file, to read them more than once."""

from __future__ import annotations

import json
import tempfile
import weakref
from collections.abc import Collection
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Item = TypeVar("_Item")

_MAX_BYTES_IN_MEMORY = 1_000_000


class Spool(Collection[_Item]):
    """Items that JSON can express, in a file that is deleted with this.

    Args:
        items: Those to begin with.
    """

    def __init__(self, items: Iterable[_Item] = ()) -> None:
        self._file = tempfile.SpooledTemporaryFile(_MAX_BYTES_IN_MEMORY)  # noqa: SIM115 - open as long as this exists
        weakref.finalize(self, self._file.close)
        self._number = self._end = 0
        self.extend(items)

    def __len__(self) -> int:
        """Return the number of items."""
        return self._number

    def __iter__(self) -> Iterator[_Item]:
        """Yield each item; others may be appended or iterated meanwhile."""
        place = 0
        while place < self._end:
            self._file.seek(place)
            lines = self._file.readlines(65_536)
            place += sum(map(len, lines))
            yield from map(json.loads, lines)

    def __contains__(self, item: object) -> bool:
        """Return whether an item is one of them, by reading all."""
        return any(one == item for one in self)

    def append(self, item: _Item) -> None:
        """Add an item at the end."""
        self._file.seek(self._end)
        self._end += self._file.write(json.dumps(item).encode() + b"\n")
        self._number += 1

    def extend(self, items: Iterable[_Item]) -> None:
        """Add items at the end."""
        for item in items:
            self.append(item)
