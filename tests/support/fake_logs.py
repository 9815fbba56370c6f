"""CloudWatch Logs in memory: events by log group, in pages, some of them empty."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeLogs:
    """A client.

    Attributes:
        groups: Log group → its events, in any order.
        calls: The arguments of every call.
        refused: Raised in place of an answer.
    """

    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    refused: Exception | None = None

    def add(self, group: str, milliseconds: int, line: str | dict[str, Any]) -> None:
        """Write a line; it has the next id."""
        text = line if isinstance(line, str) else json.dumps(line)
        number = sum(map(len, self.groups.values()))
        event = {"eventId": str(number), "timestamp": milliseconds, "message": text}
        self.groups.setdefault(group, []).append(event)

    def filter_log_events(self, **call: Any) -> dict[str, Any]:
        """Return one event per page, after an empty page, in the order of the times."""
        self.calls.append(call)
        if self.refused:
            raise self.refused
        found = sorted(
            (
                event
                for event in self.groups.get(call["logGroupName"], ())
                if event["timestamp"] >= call["startTime"]
                and _matches(call.get("filterPattern"), event["message"])
            ),
            key=lambda event: event["timestamp"],
        )
        page = int(call.get("nextToken", "0"))
        more = {"nextToken": str(page + 1)} if page < len(found) else {}
        return {"events": found[page - 1 : page] if page else [], **more}


def _matches(pattern: str | None, text: str) -> bool:
    """Compare the pattern of one key, as far as the commands use its language."""
    if pattern is None:
        return True
    try:
        key = json.loads(text).get("key")
    except ValueError:
        return False
    wanted = re.fullmatch(r'\{ \$\.key = (?:"([^"*\\]*)"|\*) \}', pattern)
    assert wanted, pattern
    return key is not None and wanted[1] in (None, key)
