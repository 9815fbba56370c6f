"""The body of a form with one file, read as it is sent: a file may be large.

https://www.rfc-editor.org/rfc/rfc7578
"""

from __future__ import annotations

import io
import secrets
from typing import TYPE_CHECKING

from urllib3.filepost import encode_multipart_formdata

from resize_on_upload_cli.errors import UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from threading import Event
    from types import TracebackType
    from typing import BinaryIO, Self


class Stopped(Exception):  # noqa: N818 - somebody wanted it
    """The upload was stopped; S3 keeps nothing of it."""


class FormBody:
    """A form's fields, then a file: to be sent as the body of a request.

    Attributes:
        content_type: For the request's header.
        length: In bytes.
    """

    def __init__(
        self, fields: Mapping[str, str], file: Path, stop: Event | None = None
    ) -> None:
        boundary = secrets.token_hex(16)
        mark = secrets.token_hex(16).encode()
        encoded, self.content_type = encode_multipart_formdata(
            [*fields.items(), ("file", (file.name, mark))], boundary
        )
        head, _, tail = encoded.partition(mark)
        self._stream = file.open("rb")
        self._parts: list[BinaryIO] = [io.BytesIO(head), self._stream, io.BytesIO(tail)]
        self._stop = stop
        self._file, self._size = file, file.stat().st_size
        self.length = len(head) + self._size + len(tail)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end.

        Raises:
            Stopped: the upload is to stop.
            UnfinishedError: the file cannot be read, or was changed.
        """
        if self._stop and self._stop.is_set():
            raise Stopped
        try:
            data = next(filter(None, (part.read(size) for part in self._parts)), b"")
        except OSError as error:
            msg = f"{self._file}: {error.strerror}"
            raise UnfinishedError(msg) from error
        if self._is_changed(ended=not data):
            msg = f"{self._file}: was changed while it was sent"
            raise UnfinishedError(msg)
        return data

    def _is_changed(self, *, ended: bool) -> bool:
        """Return whether the file has another length than the request announced."""
        sent = self.tell()
        return sent > self.length or (ended and sent < self.length)

    def tell(self) -> int:
        """Return the position, from which a repeated request sends it."""
        return sum(part.tell() for part in self._parts)

    def seek(self, position: int) -> None:
        """Go to a position: only to the start, for a repeated request."""
        if position:
            msg = "only the whole form can be sent again"
            raise io.UnsupportedOperation(msg)
        for part in self._parts:
            part.seek(0)
