"""Facts about any number of messages, in a temporary file."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Container
from hashlib import blake2b
from typing import TYPE_CHECKING

from resize_on_upload_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE one (name BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


class _Table:
    """Names and values. SQLite deletes its file; it keeps 2 MB of it in memory."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._file.close)
        self._file.executescript(_SCHEMA)
        self._number = 0

    def __len__(self) -> int:
        """Return the number of names."""
        return self._number

    def _change(self, statement: str, *values: object) -> bool:
        try:
            changed = self._file.execute(statement, values).rowcount
        except sqlite3.OperationalError as error:
            msg = (
                "what was read from the queue cannot be kept in SQLite's temporary "
                f"file ({error}): make room in /var/tmp, or set SQLITE_TMPDIR to "
                "another folder; messages that were not retried are in the queue"
            )
            raise UsageError(msg) from error
        return changed > 0


class Receipts(_Table):
    """What SQS needs to hide or delete a message: its last receipt, by its id."""

    def hold(self, name: str, receipt: str) -> None:
        """Add a message, or replace its receipt."""
        if self._change("INSERT OR IGNORE INTO one VALUES (?, ?)", name, receipt):
            self._number += 1
        else:
            self._change("UPDATE one SET value = ? WHERE name = ?", receipt, name)

    def forget(self, name: str) -> None:
        """Remove a message."""
        self._number -= self._change("DELETE FROM one WHERE name = ?", name)

    def clear(self) -> None:
        """Remove all messages."""
        self._change("DELETE FROM one")
        self._number = 0

    def batches(self, size: int) -> Iterator[list[str]]:
        """Yield all receipts, some at a time."""
        found = self._file.execute("SELECT value FROM one")
        while some := found.fetchmany(size):
            yield [receipt for (receipt,) in some]


class Texts(_Table, Container[str]):
    """Texts of any length, each of which counts once."""

    def add(self, text: str) -> bool:
        """Add a text; return whether it is new."""
        statement = "INSERT OR IGNORE INTO one VALUES (?, NULL)"
        is_new = self._change(statement, _digest(text))
        self._number += is_new
        return is_new

    def remove(self, text: str) -> None:
        """Remove a text, if it was added."""
        statement = "DELETE FROM one WHERE name = ?"
        self._number -= self._change(statement, _digest(text))

    def __contains__(self, text: object) -> bool:
        """Return whether a text was added."""
        statement = "SELECT 1 FROM one WHERE name = ?"
        found = self._file.execute(statement, (_digest(str(text)),))
        return found.fetchone() is not None


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
