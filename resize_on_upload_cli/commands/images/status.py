"""`status`: show everything about images, and why a variant is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import write, write_json

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Show everything about images of a deployed stack: the original, the state of each size,
the records in the queues, and the last lines in the log. The first line answers why a
variant is missing, the last one says what to run.

Changes nothing. The exit code is 1 if an image is not up to date.
"""
EXAMPLES = """\
examples:
  resize-on-upload status holiday/lake.jpg
  resize-on-upload status a.jpg b.jpg --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "keys", nargs="+", type=arguments.original_key, metavar="KEY",
        help="the key of an original",
    )  # fmt: skip
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the status of each key."""
    from resize_on_upload_cli.stack import deployment
    from resize_on_upload_cli.status import lookup, report
    from resize_on_upload_cli.status.verdict import judge

    stack = deployment.find(options)
    all_fine = True
    for number, image in enumerate(lookup.find(stack, dict.fromkeys(options.keys))):
        verdict = judge(image, has_urls=bool(stack.url))
        verdict = replace(verdict, advice=stack.addressed(verdict.advice))
        all_fine &= verdict.is_fine
        if options.json:
            write_json("status", report.document(image, verdict))
        else:
            write(*([""] if number else []), *report.lines(image, verdict))
    return ExitCode.SUCCESS if all_fine else ExitCode.WORK_LEFT
