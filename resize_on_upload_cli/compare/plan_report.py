"""The difference between the buckets and sizes.json, as `plan` prints it for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments
from resize_on_upload_cli.compare.key_diff import (
    CURRENT,
    EXPIRED,
    MISSING,
    ORPHANED,
    REJECTED,
    STALE,
    STATES,
)
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from resize_on_upload_cli.compare.dropped_sizes import ForeignPrefix
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.compare.plan import Plan
    from resize_on_upload_cli.stack.deployment import Deployment

_LABELS = {
    CURRENT: "up to date",
    MISSING: "missing",
    STALE: "stale",
    REJECTED: "rejected",
    EXPIRED: "expired",
    ORPHANED: "orphaned",
}
_MINUTE = 60
_CENT = 0.01


def head(plan: Plan, stack: Deployment, prefix: str) -> Iterator[str]:
    """Yield the number of originals and the table of states."""
    counted = plural(plan.originals, "original")
    if prefix and not plan.originals:
        counted = f"no originals begin with {prefix}"
    yield from (f"{stack.original}: {counted}", "")
    yield from _table(plan, with_expired=bool(stack.expiration_days))
    yield from (*_on_request(plan), "")


def foot(plan: Plan) -> Iterator[str]:
    """Yield the prefixes that sizes.json does not name, and what to run."""
    yield from _foreign(plan.foreign)
    yield from _advice(plan)


def line(diff: KeyDiff) -> str:
    """Return a key with its state and reason."""
    return f"{_LABELS[diff.state]}: {diff.key}: {diff.why}{diff.details}"


def _table(plan: Plan, *, with_expired: bool) -> Iterator[str]:
    yield f"{'':<12}{'keys':>9}{'variants':>10}{'MB':>10}"
    for state in STATES:
        if state == EXPIRED and not with_expired:
            continue
        variants = f"{plan.variants[state]:,}" if state != CURRENT else ""
        megabytes = plan.bytes[state] / 1_000_000
        label, keys = _LABELS[state], f"{plan.keys[state]:,}"
        yield f"{label:<12}{keys:>9}{variants:>10}{megabytes:>10.1f}"


def _on_request(plan: Plan) -> Iterator[str]:
    if plan.sizes_on_request:
        names = ", ".join(plan.sizes_on_request)
        made = plural(plan.on_request, "variant")
        yield f"made on request: {made} so far ({names})"


def examples(plan: Plan) -> Iterator[str]:
    """Yield some keys of each state, and how many more there are."""
    for state in (MISSING, STALE, REJECTED, EXPIRED, ORPHANED):
        shown = plan.examples.get(state, ())
        for diff in shown:
            yield line(diff)
        if more := plan.keys[state] - len(shown):
            yield f"{_LABELS[state]}: and {more:,} more"
    if plan.keys.total() > plan.keys[CURRENT]:
        yield ""


def _foreign(prefixes: Iterable[ForeignPrefix]) -> Iterator[str]:
    for prefix in prefixes:
        yield f"{prefix.name}: {plural(prefix.objects, 'object')}, {_origin(prefix)}"
    if prefixes:
        yield ""


def _origin(prefix: ForeignPrefix) -> str:
    """Say what the objects are; of those without variants, a sample was looked at."""
    if prefix.dropped:
        some = prefix.removable < prefix.objects
        part = f"{prefix.removable:,} of them " if some else ""
        return f"{part}variants of a dropped size"
    if prefix.uncertain:
        return (
            "copies of variants or an old dropped size; left alone, see "
            "docs/operations.md#dropped-sizes"
        )
    if prefix.copies:
        return "with copies of variants; left alone"
    return "not written by this pipeline; left alone"


def job(plan: Plan) -> Iterator[str]:
    """Yield what a job would make, and how to start it."""
    if not plan.to_make:
        yield "Nothing to do."
        return
    yield (
        f"A job would make {plural(plan.to_make, 'key')}: {_price(plan)}, and what S3 "
        "takes for the job. Run it again with --yes to start it."
    )


def _advice(plan: Plan) -> Iterator[str]:
    if plan.to_make:
        yield (
            f"backfill would make {plural(plan.to_make, 'key')}: {_price(plan)}, "
            f"{_duration(plan.seconds)} at {arguments.BACKFILL_RATE:.0f} per second"
        )
    if plan.to_remove:
        yield f"prune would delete {plural(plan.to_remove, 'variant')}"
    if plan.variants[ORPHANED] and not plan.mirrors_deletes:
        yield "orphans are kept because mirrorDeletes is off"
    if not (plan.to_make or plan.to_remove):
        yield "Nothing to do."


def _price(plan: Plan) -> str:
    cheap = plan.dollars < _CENT
    return "about " + ("a cent or less" if cheap else f"US$ {plan.dollars:.2f}")


def _duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / _MINUTE)
    return f"{minutes} min" if minutes < 2 * _MINUTE else f"{minutes / _MINUTE:.1f} h"
