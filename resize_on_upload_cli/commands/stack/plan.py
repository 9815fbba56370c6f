"""`plan`: compare both buckets with sizes.json, and print what there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.compare.key_diff import CURRENT
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.compare.plan import Plan
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.tables.table_diff import TableDiff

DESCRIPTION = """\
Compare both buckets with sizes.json, and list what backfill would make and prune
would delete.

Changes nothing. The exit code is 1 if there is something to do. With
--detailed-exitcode, it is 4 then, and 1 means that the command failed.

With --from tables, one query in Athena compares S3's inventory tables of both buckets
instead of listing them: for ten million originals and more. Tables have changes within
an hour, as a rule; the output says how old they are.
"""
EXAMPLES = """\
examples:
  resize-on-upload plan
  resize-on-upload plan --prefix holiday/ --json
  resize-on-upload plan --all --detailed-exitcode
  resize-on-upload plan --from tables
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--all", action="store_true",
        help="list every key that is not up to date, not only some",
    )  # fmt: skip
    parser.add_argument(
        "--detailed-exitcode", action="store_true",
        help="exit with 4 if there is something to do",
    )  # fmt: skip
    arguments.add_from(parser)
    arguments.add_thorough(parser)
    arguments.add_prefix(parser)
    arguments.add_sizes(parser, "the sizes to compare with")
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the plan."""
    from resize_on_upload_cli.bulk import expiration
    from resize_on_upload_cli.compare import dropped_sizes, plan_report
    from resize_on_upload_cli.compare.plan import Plan
    from resize_on_upload_cli.stack import deployment

    stack = deployment.find(options)
    sizes = sizes_file.load(options.sizes)
    if not stack.makes(sizes):
        say(
            "sizes.json differs from what is deployed: this is the plan after the "
            "next `cdk deploy`."
        )
    say(*expiration.warnings(stack, sizes))
    on_request = [size.name for size in sizes if size.make == REQUEST]
    plan = Plan(stack.function["MemorySize"], stack.mirrors_deletes, on_request)
    fill = _from_tables if options.source == arguments.TABLES else _from_listings
    tables = fill(plan, stack, sizes, options)
    if options.prefix:
        say(dropped_sizes.NOT_WITH_PREFIX)
    if options.json:
        write_json("plan-summary", _document(plan, tables))
    else:
        write(
            *([tables.line(), ""] if tables else ()),
            *plan_report.head(plan, stack, options.prefix),
            *(() if options.all else plan_report.examples(plan)),
            *plan_report.foot(plan),
        )
    if not (plan.to_make or plan.to_remove):
        return ExitCode.SUCCESS
    return ExitCode.DRIFT if options.detailed_exitcode else ExitCode.WORK_LEFT


def _from_listings(
    plan: Plan, stack: Deployment, sizes: Sequence[Size], options: argparse.Namespace
) -> None:
    from resize_on_upload_cli.compare import dropped_sizes
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.progress import counted
    from resize_on_upload_cli.queues import rejections

    buckets = BucketDiff(stack, sizes, rejections.when_needed(stack), options.thorough)
    for diff in counted(buckets.compare_all(options.prefix), stack.clock):
        plan.add(diff)
        _print(diff, options)
    if not options.prefix:
        plan.foreign = list(dropped_sizes.foreign_prefixes(stack, sizes))


def _from_tables(
    plan: Plan, stack: Deployment, sizes: Sequence[Size], options: argparse.Namespace
) -> TableDiff:
    from resize_on_upload_cli.tables.table_diff import TableDiff

    tables = TableDiff(stack, sizes, options.prefix)
    if not (options.json or options.all):
        tables.sum_up(plan)
        return tables
    for diff in tables.differences(plan):
        _print(diff, options)
    return tables


def _document(plan: Plan, tables: TableDiff | None) -> dict[str, Any]:
    about = {"tables": tables.document()} if tables else {}
    return plan.document() | about


def _print(diff: KeyDiff, options: argparse.Namespace) -> None:
    """Print a key that is not up to date, with --json or --all."""
    from resize_on_upload_cli.compare import plan_report

    if diff.state == CURRENT:
        return
    if options.json:
        write_json("plan", diff.document())
    elif options.all:
        write(plan_report.line(diff))
