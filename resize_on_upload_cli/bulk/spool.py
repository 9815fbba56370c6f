"""Keep any number of keys in a temporary file, to read them more than once."""

from __future__ import annotations

import json
import tempfile
import weakref
from collections.abc import Collection
from contextlib import suppress
from typing import IO, TYPE_CHECKING, TypeVar

from resize_on_upload_cli.errors import UsageError

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
        weakref.finalize(self, _close, self._file)
        self._number = self._end = 0
        self.extend(items)

    def __len__(self) -> int:
        """Return the number of items."""
        return self._number

    def __iter__(self) -> Iterator[_Item]:
        """Yield each item; others may be appended or iterated meanwhile."""
        place = 0
        while place < self._end:
            try:
                self._file.seek(place)
            except OSError as error:  # what is buffered is written now
                raise cannot_keep(None, error) from error
            lines = self._file.readlines(65_536)
            place += sum(map(len, lines))
            yield from map(json.loads, lines)

    def __contains__(self, item: object) -> bool:
        """Return whether an item is one of them, by reading all."""
        return any(one == item for one in self)

    def append(self, item: _Item) -> None:
        """Add an item at the end."""
        try:
            self._file.seek(self._end)
            self._end += self._file.write(json.dumps(item).encode() + b"\n")
        except OSError as error:
            raise cannot_keep(None, error) from error
        self._number += 1

    def extend(self, items: Iterable[_Item]) -> None:
        """Add items at the end."""
        for item in items:
            self.append(item)


def cannot_keep(folder: str | None, error: OSError) -> UsageError:
    """Return the error of a folder for temporary files, by default the usual one."""
    folder = folder or tempfile.gettempdir()
    return UsageError(
        f"the keys cannot be kept in {folder} ({error.strerror}): "
        "make room there, or set TMPDIR to another folder"
    )


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # it is deleted, whatever is still to be written
        file.close()
