"""Sum up the difference between the buckets and sizes.json, and its cost."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.arguments import BACKFILL_RATE
from resize_on_upload_cli.compare.key_diff import MISSING, ORPHANED, STALE, STATES
from resize_on_upload_cli.costs import upload_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload_cli.compare.dropped_sizes import ForeignPrefix
    from resize_on_upload_cli.compare.key_diff import KeyDiff

MAX_EXAMPLES = 10
"""Keys of each state that are kept for people; --json and --all print all."""


@dataclass(slots=True)
class Plan:
    """What backfill would make and prune would delete.

    Attributes:
        memory: The function's memory in MB.
        mirrors_deletes: Whether orphans are deleted at all.
        sizes_on_request: Names of the sizes that are made on request.
        keys, variants, bytes: By state.
        examples: The first keys of each state.
        dollars: What the backfill costs, roughly.
        originals: The number of originals.
        on_request: The number of up-to-date variants that viewers had made.
    """

    memory: int
    mirrors_deletes: bool
    sizes_on_request: Sequence[str] = ()

    keys: Counter[str] = field(default_factory=Counter)
    variants: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[KeyDiff]] = field(default_factory=dict)
    foreign: list[ForeignPrefix] = field(default_factory=list)
    dollars: float = 0.0
    originals: int = 0
    on_request: int = 0

    def add(self, diff: KeyDiff) -> None:
        """Count one key."""
        self.add_alike([diff], 1)

    def add_alike(self, some: Sequence[KeyDiff], keys: int) -> None:
        """Count keys that differ alike.

        Args:
            some: Of them. Bytes and variants made on request are those of all keys.
            keys: Their number.
        """
        diff = some[0]
        self.keys[diff.state] += keys
        self.variants[diff.state] += len(diff.sizes) * keys
        self.bytes[diff.state] += diff.bytes
        self.variants[ORPHANED] += len(diff.unwanted) * keys
        self.originals += diff.has_original * keys
        self.on_request += diff.on_request
        shown = self.examples.setdefault(diff.state, [])
        shown.extend(some[: MAX_EXAMPLES - len(shown)])
        if diff.to_make:
            mean = diff.bytes / keys
            core_ms = upload_cost.core_milliseconds(mean) if diff.made else 0.0
            self.dollars += keys * upload_cost.upload_dollars(
                core_ms, self.memory, len(diff.made)
            )

    @property
    def to_make(self) -> int:
        """The number of keys for backfill."""
        return self.keys[MISSING] + self.keys[STALE]

    @property
    def to_remove(self) -> int:
        """The number of variants for prune."""
        orphans = self.variants[ORPHANED] if self.mirrors_deletes else 0
        return orphans + sum(prefix.removable for prefix in self.foreign)

    @property
    def seconds(self) -> float:
        """How long backfill takes at its default rate."""
        return self.to_make / BACKFILL_RATE

    def document(self) -> dict[str, Any]:
        """Return the summary as `plan --json` prints it."""
        return {
            "summary": {
                state: {
                    "keys": self.keys[state],
                    "sizes": self.variants[state],
                    "bytes": self.bytes[state],
                }
                for state in STATES
            },
            "unknown": [prefix.document() for prefix in self.foreign],
            "backfill": {
                "keys": self.to_make,
                "dollars": round(self.dollars, 4),
                "seconds": math.ceil(self.seconds),
            },
            "prune": {"objects": self.to_remove},
            "on_request": {
                "sizes": list(self.sizes_on_request),
                "variants": self.on_request,
            },
        }
