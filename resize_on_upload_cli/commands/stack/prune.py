"""`prune`: delete variants that are not needed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import plural, say, write, write_json

if TYPE_CHECKING:
    import argparse

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
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--yes", action="store_true", help="actually delete (default: list only)"
    )
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

    stack = deployment.find(options)
    sizes = sizes_file.load(options.sizes)
    stack.require_deployed(sizes)
    buckets = BucketDiff(stack, sizes)
    unneeded = prune.find_unneeded(buckets, options.prefix)
    if options.prefix:
        say(dropped_sizes.NOT_WITH_PREFIX)
    if not options.json:
        _write_all(unneeded)
    left = unneeded.variants
    try:
        if options.yes:
            left = prune.remove(buckets, unneeded, options.rate)
    finally:  # what was to be removed is on record even if that was interrupted
        if options.json:
            write_json("prune", _document(unneeded, left, removed=options.yes))
    if not options.json:
        write(*_summary(unneeded.variants, left, removed=options.yes))
    return ExitCode.WORK_LEFT if left else ExitCode.SUCCESS


def _write_all(unneeded: Unneeded) -> None:
    for key in unneeded.orphaned_variants:
        write(f"orphaned: {key}")
    for prefix in unneeded.dropped:
        variants = plural(prefix.removable, "variant")
        write(f"dropped:  {prefix.name} ({variants})")


def _summary(number: int, left: int, *, removed: bool) -> list[str]:
    if not number:
        return ["Nothing to remove."]
    variants = plural(number, "variant")
    if not removed:
        return ["", f"{variants} would be deleted; run it again with --yes to do so."]
    if not left:
        return ["", f"Deleted {variants}."]
    return ["", f"Deleted {number - left:,} of {variants}; run it again for the rest."]


def _document(unneeded: Unneeded, left: int, *, removed: bool) -> dict[str, object]:
    return {
        "removed": removed,
        "orphans": [*unneeded.orphaned_variants],
        "dropped": {prefix.name: prefix.removable for prefix in unneeded.dropped},
        "left": left,
    }
