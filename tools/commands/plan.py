"""`plan`: what backfill would make and prune would remove; it changes nothing."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tools import cost, terminal
from tools.compare import dropped_sizes
from tools.compare.diff import (
    CURRENT,
    EXPIRED,
    MISSING,
    ORPHANED,
    REJECTED,
    STALE,
    STATES,
    Comparison,
    rejections,
)
from tools.defaults import RATE
from tools.terminal import counted, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from resize_on_upload.sizes.size import Size
    from tools.compare.diff import Item
    from tools.compare.dropped_sizes import Unknown
    from tools.stack.deployment import Deployment

_WORDS = {
    CURRENT: "up to date",
    MISSING: "missing",
    STALE: "stale",
    REJECTED: "rejected",
    EXPIRED: "expired",
    ORPHANED: "orphaned",
}
MINUTE = 60
CENT = 0.01

_SHOWN = 10
"""Keys of a state that people are shown; --json has all."""


@dataclass(slots=True)
class Plan:
    """The comparison, summed up.

    Attributes:
        keys, sizes, bytes: By state; sizes are objects in the resized bucket.
        examples: The first keys of each state.
        dollars: What the backfill costs, roughly.
        originals: How many there are.
        mirrors_deletes: Whether orphans are removed at all.
    """

    mirrors_deletes: bool

    keys: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Item]] = field(default_factory=dict)
    unknown: list[Unknown] = field(default_factory=list)
    dollars: float = 0.0
    originals: int = 0

    def add(self, item: Item, memory: int) -> None:
        """Count one key."""
        self.keys[item.state] += 1
        self.sizes[item.state] += len(item.sizes)
        self.bytes[item.state] += item.bytes
        self.sizes[ORPHANED] += len(item.unwanted)
        self.originals += item.has_original
        if len(some := self.examples.setdefault(item.state, [])) < _SHOWN:
            some.append(item)
        if item.state in (MISSING, STALE):
            of_core = cost.milliseconds(item.bytes)
            self.dollars += cost.upload(of_core, memory, len(item.sizes))

    @property
    def to_make(self) -> int:
        """Keys for backfill."""
        return self.keys[MISSING] + self.keys[STALE]

    @property
    def to_remove(self) -> int:
        """Objects for prune."""
        orphans = self.sizes[ORPHANED] if self.mirrors_deletes else 0
        return orphans + sum(one.removable for one in self.unknown)


def run(
    deployment: Deployment, sizes: Sequence[Size], prefix: str, *, as_json: bool
) -> bool:
    """Print the plan; True where there is something to do."""
    if not deployment.runs(sizes):
        terminal.say(
            "sizes.json differs from what is deployed: this is the plan after the "
            "next `cdk deploy`."
        )
    comparison = Comparison(deployment, sizes, rejections(deployment))
    plan = Plan(deployment.mirrors_deletes)
    for item in comparison.items(prefix):
        plan.add(item, deployment.function["MemorySize"])
        if as_json and item.state != CURRENT:
            write_json(asdict(item))
    if prefix:
        terminal.say(dropped_sizes.NOT_WITH_PREFIX)
    else:
        plan.unknown = list(dropped_sizes.unknown(deployment, sizes))
    if as_json:
        write_json(_document(plan))
    else:
        write(*_lines(plan, deployment))
    return bool(plan.to_make or plan.to_remove)


def _document(plan: Plan) -> dict[str, Any]:
    return {
        "summary": {
            state: {
                "keys": plan.keys[state],
                "sizes": plan.sizes[state],
                "bytes": plan.bytes[state],
            }
            for state in STATES
        },
        "unknown": [asdict(one) for one in plan.unknown],
        "backfill": {
            "keys": plan.to_make,
            "dollars": round(plan.dollars, 4),
            "seconds": math.ceil(plan.to_make / RATE),
        },
        "prune": {"objects": plan.to_remove},
    }


def _lines(plan: Plan, deployment: Deployment) -> list[str]:
    lines = [f"{deployment.original}: {counted(plan.originals, 'original')}", ""]
    lines += [f"{'':<12}{'keys':>9}{'sizes':>9}{'MB':>11}"]
    shown = [state for state in STATES if state != EXPIRED or deployment.expiry]
    for state in shown:
        megabytes = plan.bytes[state] / 1_000_000
        sizes = _number(plan.sizes[state]) if state != CURRENT else ""
        keys = _number(plan.keys[state])
        lines.append(f"{_WORDS[state]:<12}{keys:>9}{sizes:>9}{megabytes:>11.1f}")
    return [
        *lines,
        "",
        *_examples(plan),
        *_unknown(plan.unknown),
        *_advice(plan),
    ]


def _examples(plan: Plan) -> Iterable[str]:
    for state in (MISSING, STALE, REJECTED, EXPIRED, ORPHANED):
        for item in plan.examples.get(state, ()):
            yield f"{_WORDS[state]}: {item.key}: {item.why}{in_words(item)}"
        if plan.keys[state] > _SHOWN:
            yield f"{_WORDS[state]}: and {_number(plan.keys[state] - _SHOWN)} more"
    if plan.keys.total() > plan.keys[CURRENT]:
        yield ""


def in_words(item: Item) -> str:
    """The sizes of a key, those to make and those to remove: ` (150x; removes a)`."""
    removed = f"removes {', '.join(item.unwanted)}" if item.unwanted else ""
    parts = [part for part in (", ".join(item.sizes), removed) if part]
    return f" ({'; '.join(parts)})" if parts else ""


def _unknown(listed: Iterable[Unknown]) -> Iterable[str]:
    for one in listed:
        yield f"{one.name}: {counted(one.objects, 'object')}, {_whose(one)}"
    if listed:
        yield ""


def _whose(one: Unknown) -> str:
    if one.ours:
        part = f"{one.removable:,} of " if one.removable < one.objects else ""
        return f"{part}a size that was dropped"
    if one.unsure:
        return (
            "copies of sizes or a size dropped long ago, never touched: "
            "docs/operations.md#dropped-sizes"
        )
    return "not ours, never touched"


def _advice(plan: Plan) -> Iterable[str]:
    if plan.to_make:
        cheap = plan.dollars < CENT
        dollars = "a cent or less" if cheap else f"US$ {plan.dollars:.2f}"
        yield (
            f"backfill would make {counted(plan.to_make, 'key')}: about {dollars}, "
            f"{_duration(plan.to_make / RATE)} at {RATE:.0f} a second"
        )
    if plan.to_remove:
        yield f"prune would remove {counted(plan.to_remove, 'object')}"
    if plan.sizes[ORPHANED] and not plan.mirrors_deletes:
        yield "orphans stay, as mirrorDeletes is off"
    if not (plan.to_make or plan.to_remove):
        yield "Nothing to do."


def _duration(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / MINUTE)
    return f"{minutes} min" if minutes < 2 * MINUTE else f"{minutes / MINUTE:.1f} h"


def _number(count: int) -> str:
    return f"{count:,}"
