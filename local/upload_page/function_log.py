"""What became of each upload, from the function's log."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.reasons import Reason

if TYPE_CHECKING:
    from pathlib import Path

_ATTEMPTS = 3
"""Of an upload that fails: Lambda retries it twice."""

_FINAL = ("image.resized", "image.rejected", "image.failed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the function last did with an upload.

    Attributes:
        event: As in the log, such as `image.rejected`.
        version_id: Which upload it is about; None if the bucket has no versions.
        code, message: Why it was rejected or failed.
        width, height: Of the original; 0 if they are not known.
        milliseconds: How long the function took.
    """

    event: str
    version_id: str | None
    code: str = ""
    message: str = ""
    width: int = 0
    height: int = 0
    milliseconds: float = 0


class FunctionLog:
    """Reads a growing log; each line once."""

    def __init__(self, file: Path) -> None:
        self._file, self._position = file, 0
        self._last: dict[str, Outcome] = {}
        self._failures: Counter[tuple[str, str | None]] = Counter()

    def read(self) -> None:
        """Read the lines that were added."""
        if not self._file.exists():
            return
        with self._file.open("rb") as file:
            file.seek(self._position)
            added = file.read()
        complete = added.rfind(b"\n") + 1
        self._position += complete
        for text in added[:complete].splitlines():
            self._note(_fields(text))

    def outcome(self, key: str, source_id: str) -> Outcome | None:
        """Return what became of this write of an original, once that is final."""
        found = self._last.get(key)
        if found is None or found.version_id not in (source_id, None):
            return None
        failures = self._failures[key, found.version_id]
        is_retried = found.event == "image.failed" and failures < _ATTEMPTS
        return None if is_retried else found

    def _note(self, line: dict[str, Any]) -> None:
        key, event = line.get("key"), str(line.get("event"))
        has_no_size = line.get("reason") == Reason.NO_MATCHING_SIZE
        if not key or not (event in _FINAL or has_no_size):
            return
        version = line.get("version_id")
        self._failures[key, version] += event == "image.failed"
        self._last[key] = Outcome(
            event=event,
            version_id=version,
            code=line.get("reason", ""),
            message=line.get("message", ""),
            width=line.get("source_width", 0),
            height=line.get("source_height", 0),
            milliseconds=line.get("duration_ms", 0),
        )


def _fields(text: bytes) -> dict[str, Any]:
    """The fields of a line; none if it is not the function's but a library's."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
