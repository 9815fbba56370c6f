"""`invalidate`: make CloudFront forget variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import plural, say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from resize_on_upload_cli.actions.invalidate import Item
    from resize_on_upload_cli.stack.deployment import Deployment

DESCRIPTION = """\
Make CloudFront forget all variants of a key, so that viewers get them as they are in
the bucket. With the setting invalidate, a key takes one invalidation; without it, one
per size, or two if its URL can be encoded in two ways. The first 1,000 of a month are
free, each further one costs US$ 0.005.

Deletes copies from CloudFront's caches, never from a bucket, nor from browsers. With
--all, deletes nothing without --yes.
"""
EXAMPLES = """\
examples:
  resize-on-upload invalidate photo.jpg
  resize-on-upload invalidate holiday/lake.jpg holiday/sea.jpg --json
  resize-on-upload invalidate --all --yes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "keys",
        nargs="*",
        type=arguments.original_key,
        metavar="KEY",
        help="the key of an original, which need not exist any more",
    )
    parser.add_argument(
        "--all", action="store_true", help="everything, as one invalidation"
    )
    parser.add_argument(
        "--yes", action="store_true", help="actually do so (only with --all)"
    )
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Send the invalidations."""
    from resize_on_upload_cli.actions import invalidate
    from resize_on_upload_cli.stack import deployment

    if bool(options.keys) == options.all:
        msg = "name keys, or --all for everything, but not both"
        raise UsageError(msg)
    stack = deployment.find(options)
    if options.all and not options.yes:
        say(
            "CloudFront would forget every variant, and get each from S3 again when it "
            "is next viewed; run it again with --yes to do so."
        )
        return ExitCode.WORK_LEFT
    if options.all:
        wanted = [invalidate.Item(invalidate.EVERYTHING)]
    else:
        wanted = list(invalidate.items(stack, dict.fromkeys(options.keys)))
    _send(stack, wanted, as_json=options.json)
    without = [key for key in options.keys if key not in {one.key for one in wanted}]
    for key in without:
        say(f"{key}: has no size; `resize-on-upload check KEY` shows which sizes match")
    return ExitCode.WORK_LEFT if without else ExitCode.SUCCESS


def _send(stack: Deployment, wanted: Sequence[Item], *, as_json: bool) -> None:
    from resize_on_upload_cli.actions import invalidate

    for one, name in invalidate.send(stack, wanted):
        if as_json:
            document = {"key": one.key, "state": "sent", "item": one.text}
            write_json("invalidate", {**document, "invalidation": name})
        else:
            write(f"{name}  {one.text}  {one.key or ''}".rstrip())
    if wanted:
        say(f"Sent {plural(len(wanted), 'invalidation')}; they take some seconds.")
