"""What a burst has led to, by the log of the functions and the buckets."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER = (
    "| burst | uploads | sent in | refused by S3 | median wait | p95 | longest | "
    "all done after | attempts retried | made twice | lost | `plan` |"
)


@dataclass(slots=True)
class Work:
    """What the functions have logged.

    Attributes:
        made: Key → when its last size was stored, in seconds since 1970.
        counts: "failed": attempts; "made twice": keys; "throttled": S3's refusals
            that the SDK's own attempts did not survive.
    """

    made: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, log: str) -> Work:
        """Read a part of the log."""
        work = cls()
        for text in log.splitlines():
            if text.startswith("{"):
                work._add(json.loads(text))
        return work

    def _add(self, line: Mapping[str, Any]) -> None:
        self.counts["failed"] += line["event"] == "image.failed"
        self.counts["throttled"] += line.get("throttled", 0)
        if line["event"] == "image.resized":
            self.counts["made twice"] += line["key"] in self.made
            when = datetime.fromisoformat(line["timestamp"]).timestamp()
            self.made.setdefault(line["key"], when)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the burst has led to.

    Attributes:
        name: Of its row in the table.
        began: When, in seconds since 1970.
        stored: Key → when its upload was done.
        refused: Calls that S3 refused.
        failed: Messages in the failed queue.
        plan: The last line of `plan`.
    """

    name: str
    began: float
    stored: Mapping[str, float]
    refused: int
    work: Work
    failed: int
    plan: str

    @property
    def lost(self) -> list[str]:
        """Uploads that no function has made variants of."""
        return [key for key in self.stored if key not in self.work.made]

    @property
    def waits(self) -> list[float]:
        """The seconds from each upload to its last size, in order."""
        made = self.work.made
        found = (made[key] - at for key, at in self.stored.items() if key in made)
        return sorted(max(0.0, seconds) for seconds in found)


def table(outcome: Outcome) -> str:
    """The outcome as a table in Markdown."""
    rule = "|---" * (HEADER.count("|") - 1) + "|"
    return "\n".join([HEADER, rule, _row(outcome)])


def _row(one: Outcome) -> str:
    waits, counts = one.waits, one.work.counts
    cells = (
        *(one.name, f"{len(one.stored):,}"),
        f"{max(one.stored.values()) - one.began:.0f} s",
        f"{one.refused:,}",
        *(f"{_at(waits, share):.1f} s" for share in (0.5, 0.95, 1)),
        f"{max(one.work.made.values()) - one.began:.0f} s",
        *(str(counts["failed"]), str(counts["made twice"])),
        *(str(len(one.lost) + one.failed), one.plan),
    )
    return f"| {' | '.join(cells)} |"


def _at(ordered: Sequence[float], share: float) -> float:
    """The value that a share of all does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
