"""`backfill`: make missing and stale variants.

Few keys are processed one by one; for many there are jobs of S3 Batch Operations, which
invoke the function themselves, for keys listed here or for all that S3 lists. Each can
be stopped and started again: what is left is determined from the buckets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.actions.batch import filters
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import plural, say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Iterable, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.actions.batch.filters import Filter
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.stack.deployment import Deployment

DESCRIPTION = """\
Make every variant that is missing or stale, by invoking the deployed function for its
original.

With --all, S3 itself lists the originals and invokes the function for each, which does
nothing for those that are up to date. Nothing is listed here, so there may be any
number of them. It starts only with --yes, as it costs a few dollars per million.

With --from tables, one query in Athena finds what is missing or stale in S3's inventory
tables, and a job gets the list. It starts only with --yes, too.

Writes variants to the resized bucket, and its progress to the jobs bucket. Stop it and
run it again as you like: it continues with what is left.
"""
EXAMPLES = """\
examples:
  resize-on-upload backfill --dry-run
  resize-on-upload backfill --prefix holiday/ --rate 50
  resize-on-upload backfill --batch
  resize-on-upload backfill --all --suffix .jpg --created-after 2026-11-01 --dry-run
  resize-on-upload backfill --all --yes
  resize-on-upload backfill --from tables --yes
"""

_MANY = 20_000
"""Keys from which --batch is recommended."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    arguments.add_rate(parser, arguments.BACKFILL_RATE, "invocations")
    jobs = parser.add_mutually_exclusive_group()
    jobs.add_argument(
        "--batch", action="store_true", help="run as a job of S3 Batch Operations"
    )
    jobs.add_argument(
        "--all", action="store_true",
        help="run as a job for all originals, of which S3 makes the list",
    )  # fmt: skip
    parser.add_argument(
        "--yes", action="store_true",
        help="actually start the job (only with --all and --from tables)",
    )  # fmt: skip
    arguments.add_from(parser)
    arguments.add_thorough(parser)
    arguments.add_dry_run(parser)
    arguments.add_prefix(parser)
    filters.add_arguments(parser)
    arguments.add_deployed_sizes(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Make the variants, or list them."""
    from resize_on_upload_cli.bulk import expiration
    from resize_on_upload_cli.stack import deployment

    wanted = filters.of_options(options)
    from_tables = options.source == arguments.TABLES
    if options.all and from_tables:
        msg = "--from tables finds what to make, --all takes all: leave out one of them"
        raise UsageError(msg)
    if options.yes and not (options.all or from_tables):
        msg = (
            "--yes is for --all and --from tables only: without them, backfill starts "
            "at once"
        )
        raise UsageError(msg)
    stack = deployment.find(options)
    sizes = sizes_file.load(options.sizes)
    stack.require_deployed(sizes)
    expiration.require_none(stack, sizes)
    if options.all:
        return _run_for_all(stack, wanted, options)
    if from_tables:
        return _run_from_tables(stack, sizes, options)
    return _run_for_missing(stack, sizes, options)


def _run_for_all(stack: Deployment, wanted: Filter, options: argparse.Namespace) -> int:
    from resize_on_upload_cli.actions.batch import job, report
    from resize_on_upload_cli.actions.batch.job_to_start import JobToStart

    if options.dry_run or not options.yes:
        return report.print_job_to_start(
            JobToStart.of(stack, wanted), as_json=options.json
        )
    return report.print_job(job.run_for_all(stack, wanted), as_json=options.json)


def _run_from_tables(
    stack: Deployment, sizes: Sequence[Size], options: argparse.Namespace
) -> int:
    from resize_on_upload_cli.actions.batch import job, report
    from resize_on_upload_cli.tables.table_diff import TableDiff

    tables = TableDiff(stack, sizes, options.prefix)
    if options.dry_run:
        code = _list(tables.to_make(), as_json=options.json)
        say(tables.line())
        return code
    if not options.yes:
        return report.print_number(stack, tables, as_json=options.json)
    result = job.run(stack, tables.keys_to_make(job.last_end(stack)))
    return report.print_job(result, as_json=options.json)


def _run_for_missing(
    stack: Deployment, sizes: Sequence[Size], options: argparse.Namespace
) -> int:
    from resize_on_upload_cli.actions import backfill
    from resize_on_upload_cli.actions.batch import job, report
    from resize_on_upload_cli.bulk.spool import Spool
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.progress import counted
    from resize_on_upload_cli.queues import rejections

    buckets = BucketDiff(stack, sizes, rejections.when_needed(stack), options.thorough)
    diffs = counted(buckets.compare_all(options.prefix), stack.clock)
    to_make = (diff for diff in diffs if diff.to_make)
    if options.dry_run:
        return _list(to_make, as_json=options.json)
    if options.batch:
        result = job.run(stack, (diff.key for diff in to_make))
        return report.print_job(result, as_json=options.json)
    keys = Spool(diff.key for diff in to_make)
    if len(keys) >= _MANY:
        say(f"{len(keys):,} keys: consider --batch, a job of S3 Batch Operations.")
    left = backfill.backfill(buckets, keys, prefix=options.prefix, rate=options.rate)
    return _print_result(len(keys), left, as_json=options.json)


def _list(to_make: Iterable[KeyDiff], *, as_json: bool) -> int:
    number = 0
    for diff in to_make:
        number += 1
        if as_json:
            listed = {"key": diff.key, "state": diff.state, "sizes": diff.made}
            about = {"message": diff.why, "removes": diff.removed}
            write_json("backfill-key", listed | about)
        else:
            write(f"{diff.key}: {diff.why}{diff.details}")
    if not as_json:
        write("", f"{plural(number, 'key')} would be made; nothing was.")
    return ExitCode.WORK_LEFT if number else ExitCode.SUCCESS


def _print_result(asked: int, left: Collection[str], *, as_json: bool) -> int:
    if as_json:
        write_json("backfill", {"asked": asked, "left": list(left)})
    elif not asked:
        write("Nothing to do.")
    else:
        write(f"{asked - len(left):,} of {plural(asked, 'key')} done.")
    if left and not as_json:
        write(
            f"{len(left):,} are not. Lambda may still be retrying them; what has "
            "failed is in the failed queue: fix the cause, then run `redrive failed`. "
            "`plan` lists what is left."
        )
    return ExitCode.WORK_LEFT if left else ExitCode.SUCCESS
