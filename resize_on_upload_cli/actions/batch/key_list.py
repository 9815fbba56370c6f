"""The list of keys for a job: in no order that S3 stores keys in, and of any length.

S3 keeps neighboring keys in one partition, which allows 3,500 writes per second. A job
invokes the function in the order of its list, so a sorted list would send all writes to
one partition at a time.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
"""

from __future__ import annotations

import os
import shutil
import zlib
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from resize_on_upload_cli.bulk.spool import cannot_keep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PARTS = 256
"""Each has every 256th key or so, from the whole range of keys."""

_BUFFERED = 32_768
"""Bytes of a part in memory; its file is open only while they are written, as systems
may allow no more than 256 open files."""

_ON_DISK = Path("/var/tmp")  # noqa: S108 - names there are made by tempfile
"""Unlike /tmp, it is never kept in memory."""


@contextmanager
def written(bucket: str, keys: Iterable[str]) -> Iterator[tuple[IO[bytes], int]]:
    """Provide the list, at its beginning, and the number of its keys.

    Raises:
        UsageError: it cannot be written, as on a full disk.
    """
    folder = _folder()
    with TemporaryFile(dir=folder) as whole, TemporaryDirectory(dir=folder) as parts:
        try:
            number = write(bucket, keys, whole, Path(parts))
            whole.seek(0)
        except OSError as error:
            raise cannot_keep(folder, error) from error
        yield whole, number


def write(bucket: str, keys: Iterable[str], whole: IO[bytes], folder: Path) -> int:
    """Write the list; return the number of its keys.

    Keys are URL-encoded, without a `+`, which readers interpret differently.

    Args:
        bucket: The bucket of the keys.
        keys: In any order.
        whole: Where the list is written.
        folder: For temporary files.
    """
    parts = [_Part(folder / str(number)) for number in range(PARTS)]
    number = 0
    for key in keys:
        line = f"{bucket},{quote(key, safe='/')}\n".encode()
        parts[zlib.crc32(line) % PARTS].add(line)
        number += 1
    for part in parts:
        part.move_to(whole)
    return number


class _Part:
    """Some of the lines."""

    def __init__(self, path: Path) -> None:
        self._path, self._buffer = path, bytearray()

    def add(self, line: bytes) -> None:
        self._buffer += line
        if len(self._buffer) >= _BUFFERED:
            with self._path.open("ab") as file:
                file.write(self._buffer)
            self._buffer.clear()

    def move_to(self, whole: IO[bytes]) -> None:
        if self._path.exists():
            with self._path.open("rb") as file:
                shutil.copyfileobj(file, whole)
            self._path.unlink()
        whole.write(self._buffer)
        self._buffer.clear()


def _folder() -> str | None:
    """The folder for temporary files; None for Python's choice."""
    if "TMPDIR" in os.environ or not os.access(_ON_DISK, os.W_OK | os.X_OK):
        return None
    return str(_ON_DISK)
