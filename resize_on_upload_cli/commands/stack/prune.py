"""`prune`: delete variants that are not needed any more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import plural, say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from resize_on_upload_cli.actions.prune import Unneeded

DESCRIPTION = """\
List the variants without an original, those that their key no longer gets, and those
of dropped sizes; with --yes, delete them.

Changes nothing without --yes. With it, deletes objects from the resized bucket, and
makes what such a key lacks.
"""
EXAMPLES = """\
examples:
  resize-on-upload prune
  resize-on-upload prune --yes
  resize-on-upload prune --expire --yes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--yes", action="store_true", help="actually delete (default: list only)"
    )
    parser.add_argument(
        "--expire", action="store_true",
        help="have S3 delete dropped sizes, by lifecycle rules: free, within two days",
    )  # fmt: skip
    arguments.add_rate(
        parser, arguments.REPAIR_RATE, "invocations for variants without an original"
    )
    arguments.add_prefix(parser)
    arguments.add_deployed_sizes(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """List the variants, or delete them."""
    from resize_on_upload_cli.actions import prune
    from resize_on_upload_cli.compare import dropped_sizes
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.stack import deployment

    if options.expire and options.prefix:
        msg = "--expire is for dropped sizes, which --prefix leaves out"
        raise UsageError(msg)
    stack = deployment.find(options)
    sizes = sizes_file.load(options.sizes)
    stack.require_deployed(sizes)
    buckets = BucketDiff(stack, sizes)
    unneeded = prune.find_unneeded(buckets, options.prefix, expire=options.expire)
    if options.prefix:
        say(dropped_sizes.NOT_WITH_PREFIX)
    if not options.json:
        _write_all(unneeded)
    left = unneeded.variants
    try:
        if options.yes:
            left = prune.remove(buckets, unneeded, options.rate)
            if options.expire:
                _write_removed(prune.expire(buckets, unneeded))
    finally:  # what was to be removed is on record even if that was interrupted
        if options.json:
            write_json("prune", _document(unneeded, left, removed=options.yes))
    if not options.json:
        write(*_summary(unneeded, left, removed=options.yes))
    waits = unneeded.expiring and not options.yes
    return ExitCode.WORK_LEFT if left or waits else ExitCode.SUCCESS


def _write_removed(names: Iterable[str]) -> None:
    for name in names:
        say(f"{name}: removed its lifecycle rule.")


def _write_all(unneeded: Unneeded) -> None:
    for key in unneeded.orphaned_variants:
        write(f"orphaned: {key}")
    for prefix in unneeded.dropped:
        variants = plural(prefix.removable, "variant")
        write(f"dropped:  {prefix.name} ({variants})")
    for prefix in unneeded.expiring:
        variants = plural(prefix.removable, "variant")
        write(f"expires:  {prefix.name} ({variants}), by this lifecycle rule:")
        write(f"          {json.dumps(unneeded.rule(prefix))}")


def _summary(unneeded: Unneeded, left: int, *, removed: bool) -> list[str]:
    number, expiring = unneeded.variants, sum(p.removable for p in unneeded.expiring)
    if not number and not expiring:
        return ["Nothing to remove."]
    variants, lines = plural(number, "variant"), [""]
    if expiring and removed:
        lines.append(f"S3 deletes {plural(expiring, 'variant')} within two days.")
    if not removed:
        variants = plural(number + expiring, "variant")
        lines.append(f"{variants} would be deleted; run it again with --yes to do so.")
    elif number and not left:
        lines.append(f"Deleted {variants}.")
    elif number:
        done = f"{number - left:,} of {variants}"
        lines.append(f"Deleted {done}; run it again for the rest.")
    if any(prefix.removable > unneeded.many for prefix in unneeded.dropped):
        lines.append("For many variants, `prune --expire` is free: S3 deletes them.")
    return lines


def _document(unneeded: Unneeded, left: int, *, removed: bool) -> dict[str, object]:
    return {
        "removed": removed,
        "orphans": [*unneeded.orphaned_variants],
        "dropped": {prefix.name: prefix.removable for prefix in unneeded.dropped},
        "expiring": {prefix.name: prefix.removable for prefix in unneeded.expiring},
        "left": left,
    }
