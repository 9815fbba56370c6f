"""`redrive`: process failed or rejected uploads again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from resize_on_upload.errors import Rejected
from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import plural, write, write_json

if TYPE_CHECKING:
    import argparse

    from resize_on_upload_cli.actions.redrive import Counts
    from resize_on_upload_cli.queues.queued_uploads import QueuedUpload

DESCRIPTION = """\
Invoke the function again for the uploads in the failed or the rejected queue, and for
those whose rejection is an object in the resized bucket, which does not expire.

Deletes each upload from the queue once Lambda has accepted it; does not wait for the
result, which `plan` shows.

With intake=queue, SQS moves all failed uploads back to the queue of uploads instead, up
to 500 a second; Ctrl-C stops that. With --prefix, the function is invoked as above.
"""
EXAMPLES = """\
examples:
  resize-on-upload redrive failed
  resize-on-upload redrive failed --rate 500
  resize-on-upload redrive rejected --code decode-timeout --dry-run
"""

_MAX_HEAD, _MAX_TAIL = 100, 60
"""Characters of a failure's message that people are shown; --json prints all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    codes = sorted(str(kind.reason) for kind in Rejected.__subclasses__())
    parser.add_argument(
        "queue", choices=("failed", "rejected"),
        help="failed: AWS or the function failed; rejected: not an image, for example",
    )  # fmt: skip
    parser.add_argument(
        "--code", choices=codes, metavar="CODE",
        help=f"only uploads rejected with this code: {', '.join(codes)}",
    )  # fmt: skip
    arguments.add_rate(parser, arguments.REPAIR_RATE, "invocations")
    arguments.add_dry_run(parser)
    arguments.add_prefix(parser)
    arguments.add_sizes(
        parser, "the deployed sizes.json, which redrive accepts but does not read"
    )
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Invoke the function for the uploads, or list them."""
    from resize_on_upload_cli.actions.move_back import move_back
    from resize_on_upload_cli.actions.redrive import Selection, redrive
    from resize_on_upload_cli.stack import deployment

    if options.code and options.queue != "rejected":
        msg = "--code is for rejected uploads only: redrive rejected --code CODE"
        raise UsageError(msg)
    stack = deployment.find(options)
    selection = Selection(options.queue, options.code, options.prefix)
    moved = None if options.dry_run else move_back(stack, selection, options.rate)
    if moved is not None:
        _print_moved(moved, as_json=options.json)
        return ExitCode.SUCCESS
    counts = redrive(
        stack,
        selection,
        dry_run=options.dry_run,
        report=partial(_print_json, options.queue) if options.json else _print,
        rate=options.rate,
    )
    if not options.json:
        write(_summary(counts, dry_run=options.dry_run))
    left = options.dry_run and counts.selected
    return ExitCode.WORK_LEFT if left else ExitCode.SUCCESS


def _print_moved(counts: Counts, *, as_json: bool) -> None:
    if as_json:
        moved = {"moved": counts.selected, "left": counts.others}
        write_json("redrive-move", moved)
    else:
        write(_summary(counts, dry_run=False))


def _print(upload: QueuedUpload) -> None:
    keys = ", ".join(upload.keys) or "an event that was not understood"
    write(f"{keys}: {_shortened(upload.code)}")


def _print_json(queue: str, upload: QueuedUpload) -> None:
    document = {
        "key": upload.keys[0] if upload.keys else None,
        "state": queue,
        "code": upload.code,
        "message": upload.text,
        "keys": upload.keys,
    }
    write_json("redrive", document)


def _shortened(reason: str) -> str:
    """Return the start of a long message, and its end, where a chain has its cause."""
    if len(reason) <= _MAX_HEAD + _MAX_TAIL:
        return reason
    return f"{reason[:_MAX_HEAD].rstrip()} … {reason[-_MAX_TAIL:].lstrip()}"


def _summary(counts: Counts, *, dry_run: bool) -> str:
    uploads, others = plural(counts.selected, "upload"), plural(counts.others, "other")
    if counts.selected and dry_run:
        return f"{uploads} would be retried; {others} left in the queue."
    if counts.selected:
        return f"Retrying {uploads}; {others} left in the queue."
    if counts.others:
        return f"Nothing to retry; {plural(counts.others, 'upload')} left in the queue."
    return "Nothing to retry."
