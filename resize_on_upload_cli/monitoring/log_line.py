"""One line of the log: the outcome of a key, or any other text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAMBDA = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")
"""What Lambda writes around every invocation."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line.

    Attributes:
        id: CloudWatch's, the same whenever the line is read.
        function: `upload` or `on-request`.
        milliseconds: When it was written, since 1970.
        text: All of it.
        fields: Those of a line that is a JSON object; empty otherwise.
    """

    id: str
    function: str
    milliseconds: int
    text: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """The key that it is about."""
        return self._string("key")

    @property
    def event(self) -> str | None:
        """What happened, such as `image.resized`."""
        return self._string("event")

    @property
    def code(self) -> str | None:
        """The reason, if something was skipped, rejected or failed."""
        return self._string("reason")

    @property
    def message(self) -> str | None:
        """The same in a sentence."""
        return self._string("message")

    @property
    def time(self) -> str:
        """When it was written, in UTC."""
        written = datetime.fromtimestamp(self.milliseconds / 1_000, UTC)
        return written.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")

    @property
    def is_of_lambda(self) -> bool:
        """Whether Lambda writes the same around every invocation."""
        return self.text.startswith(_LAMBDA)

    def document(self) -> dict[str, Any]:
        """Return it as --json prints it."""
        return {
            "key": self.key,
            "size": self._string("size"),
            "event": self.event,
            "code": self.code,
            "message": self.message or (None if self.fields else self.text.strip()),
            "time": self.time.replace(" ", "T"),
            "function": self.function,
            "level": self._string("level"),
            "line": self.fields or None,
        }

    def for_people(self) -> str:
        """Return the time, what happened, the key and the details."""
        if not self.event:
            return f"{self.time}  {self.text.rstrip()}"
        about = self.key if self.key is not None else "-"
        return f"{self.time}  {self.event:<15}  {about}  {self._details()}".rstrip()

    def _details(self) -> str:
        if self.code:
            return f"{self.code}: {self.message}" if self.message else self.code
        written, took = self.fields.get("sizes_written"), self.fields.get("duration_ms")
        size = self._string("size")
        parts = [f"{written} written" if written is not None else "", size or ""]
        parts.append(f"{took} ms" if took is not None else "")
        return ", ".join(part for part in parts if part)

    def _string(self, name: str) -> str | None:
        value = self.fields.get(name)
        return value if isinstance(value, str) else None


def parse(event: Mapping[str, Any], function: str) -> LogLine:
    """Return the line of an event as CloudWatch describes it."""
    text = str(event.get("message", ""))
    return LogLine(
        id=str(event.get("eventId", "")),
        function=function,
        milliseconds=int(event.get("timestamp", 0)),
        text=text,
        fields=_fields(text),
    )


def _fields(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
