"""`plan`: compare both buckets with sizes.json, and print what there is to do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.compare.key_diff import (
    CURRENT,
    EXPIRED,
    MISSING,
    ORPHANED,
    REJECTED,
    STALE,
    STATES,
)
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import plural, say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from resize_on_upload_cli.compare.dropped_sizes import ForeignPrefix
    from resize_on_upload_cli.compare.plan import Plan
    from resize_on_upload_cli.stack.deployment import Deployment

DESCRIPTION = """\
Compare both buckets with sizes.json, and list what backfill would make and prune
would delete.

Changes nothing. The exit code is 1 if there is something to do.
"""
EXAMPLES = """\
examples:
  resize-on-upload plan
  resize-on-upload plan --prefix holiday/ --json
"""

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    arguments.add_prefix(parser)
    arguments.add_sizes(parser, "the sizes to compare with")
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the plan."""
    from resize_on_upload_cli.stack import deployment

    stack, plan = _plan(deployment.find(options), options)
    if options.json:
        write_json(plan.document())
    else:
        write(*_lines(plan, stack))
    return ExitCode.WORK_LEFT if plan.to_make or plan.to_remove else ExitCode.SUCCESS


def _plan(stack: Deployment, options: argparse.Namespace) -> tuple[Deployment, Plan]:
    """Compare every key; with --json, print those that are not up to date."""
    from resize_on_upload_cli.compare import dropped_sizes
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.plan import Plan
    from resize_on_upload_cli.stack.queued_uploads import rejections

    sizes = sizes_file.load(options.sizes)
    if not stack.makes(sizes):
        say(
            "sizes.json differs from what is deployed: this is the plan after the "
            "next `cdk deploy`."
        )
    on_request = [size.name for size in sizes if size.make == REQUEST]
    plan = Plan(stack.function["MemorySize"], stack.mirrors_deletes, on_request)
    for diff in BucketDiff(stack, sizes, rejections(stack)).compare_all(options.prefix):
        plan.add(diff)
        if options.json and diff.state != CURRENT:
            write_json(diff.document())
    if options.prefix:
        say(dropped_sizes.NOT_WITH_PREFIX)
    else:
        plan.foreign = list(dropped_sizes.foreign_prefixes(stack, sizes))
    return stack, plan


def _lines(plan: Plan, stack: Deployment) -> list[str]:
    return [
        f"{stack.original}: {plural(plan.originals, 'original')}",
        "",
        *_table(plan, with_expired=bool(stack.expiration_days)),
        *_on_request(plan),
        "",
        *_examples(plan),
        *_foreign(plan.foreign),
        *_advice(plan),
    ]


def _table(plan: Plan, *, with_expired: bool) -> Iterable[str]:
    yield f"{'':<12}{'keys':>9}{'variants':>10}{'MB':>10}"
    for state in STATES:
        if state == EXPIRED and not with_expired:
            continue
        variants = f"{plan.variants[state]:,}" if state != CURRENT else ""
        megabytes = plan.bytes[state] / 1_000_000
        label, keys = _LABELS[state], f"{plan.keys[state]:,}"
        yield f"{label:<12}{keys:>9}{variants:>10}{megabytes:>10.1f}"


def _on_request(plan: Plan) -> Iterable[str]:
    if plan.sizes_on_request:
        names = ", ".join(plan.sizes_on_request)
        made = plural(plan.on_request, "variant")
        yield f"made on request: {made} so far ({names})"


def _examples(plan: Plan) -> Iterable[str]:
    for state in (MISSING, STALE, REJECTED, EXPIRED, ORPHANED):
        shown = plan.examples.get(state, ())
        for diff in shown:
            yield f"{_LABELS[state]}: {diff.key}: {diff.why}{diff.details}"
        if more := plan.keys[state] - len(shown):
            yield f"{_LABELS[state]}: and {more:,} more"
    if plan.keys.total() > plan.keys[CURRENT]:
        yield ""


def _foreign(prefixes: Iterable[ForeignPrefix]) -> Iterable[str]:
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


def _advice(plan: Plan) -> Iterable[str]:
    if plan.to_make:
        cheap = plan.dollars < _CENT
        dollars = "a cent or less" if cheap else f"US$ {plan.dollars:.2f}"
        yield (
            f"backfill would make {plural(plan.to_make, 'key')}: about {dollars}, "
            f"{_duration(plan.seconds)} at {arguments.BACKFILL_RATE:.0f} per second"
        )
    if plan.to_remove:
        yield f"prune would delete {plural(plan.to_remove, 'variant')}"
    if plan.variants[ORPHANED] and not plan.mirrors_deletes:
        yield "orphans are kept because mirrorDeletes is off"
    if not (plan.to_make or plan.to_remove):
        yield "Nothing to do."


def _duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / _MINUTE)
    return f"{minutes} min" if minutes < 2 * _MINUTE else f"{minutes / _MINUTE:.1f} h"
