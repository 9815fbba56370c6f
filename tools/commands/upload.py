"""`upload`: upload files and wait for their variants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools import arguments, local_files, sizes_file
from tools.compare.key_diff import CURRENT
from tools.errors import ExitCode
from tools.terminal import show_progress, write, write_json

if TYPE_CHECKING:
    import argparse

    from tools.compare.key_diff import KeyDiff

DESCRIPTION = """\
Upload files to the original bucket as a web page would, wait for their variants, and
print where they are.

Writes an original for each file, named by --prefix and the file's name; an existing one
is overwritten.
"""
EXAMPLES = """\
examples:
  resize-on-upload upload photo.jpg
  resize-on-upload upload holiday/ --prefix 2026/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="a file, or a folder: the images in it, with their path below it as key",
    )  # fmt: skip
    arguments.add_prefix(parser, "what the keys begin with")
    arguments.add_deployed_sizes(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Upload the files and print each outcome."""
    from resize_on_upload.sizes.size import sizes_for_key
    from tools.actions import upload
    from tools.actions.wait import wait_for_variants
    from tools.compare.diff import BucketDiff
    from tools.stack import deployment

    stack = deployment.find(options)
    files = local_files.by_key(options.files, options.prefix)
    sizes = sizes_file.load(options.sizes)
    stack.require_deployed(sizes)
    buckets = BucketDiff(stack, sizes)
    for key, file in files.items():
        upload.upload(stack, key, file)
    rejected = False
    for number, key in enumerate(files, start=1):
        diff = wait_for_variants(buckets, key)
        rejected |= diff.state != CURRENT
        show_progress(number, len(files))
        keys = [size.variant_key(key) for size in sizes_for_key(sizes, key)]
        urls = [f"s3://{stack.resized}/{variant}" for variant in keys]
        _print_outcome(diff, urls, as_json=options.json)
    return ExitCode.WORK_LEFT if rejected else ExitCode.SUCCESS


def _print_outcome(diff: KeyDiff, urls: list[str], *, as_json: bool) -> None:
    made = diff.state == CURRENT
    if as_json:
        reason = None if made else diff.why
        write_json({"key": diff.key, "rejected": reason, "sizes": urls if made else []})
    elif made:
        write(*urls)
    else:
        write(f"{diff.key}: rejected: {diff.why}")
