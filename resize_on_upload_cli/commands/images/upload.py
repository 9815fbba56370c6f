"""`upload`: upload files and wait for their variants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload.sizes.size import UPLOAD
from resize_on_upload_cli import arguments, local_files, sizes_file
from resize_on_upload_cli.compare.key_diff import CURRENT
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import show_progress, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.stack.deployment import Deployment

DESCRIPTION = """\
Upload files to the original bucket as a web page would, wait for the variants that are
made at the upload, and print where they are: the URLs of all sizes if the stack has
delivery, otherwise the objects.

Writes an original for each file, named by --prefix and the file's name; an existing one
is overwritten.
"""
EXAMPLES = """\
examples:
  resize-on-upload upload photo.jpg
  resize-on-upload upload holiday/ --prefix 2026/
  resize-on-upload upload portrait.jpg --focus 0.3,0.6
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="a file, or a folder: the images in it, with their path below it as key",
    )  # fmt: skip
    arguments.add_prefix(parser, "what the keys begin with")
    arguments.add_focus(parser)
    arguments.add_deployed_sizes(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Upload the files and print each outcome."""
    from resize_on_upload.sizes.size import sizes_for_key
    from resize_on_upload_cli.actions import upload
    from resize_on_upload_cli.actions.wait import wait_for_variants
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.stack import deployment

    stack = deployment.find(options)
    files = local_files.by_key(options.files, options.prefix)
    sizes = sizes_file.load(options.sizes)
    stack.require_deployed(sizes)
    buckets = BucketDiff(stack, sizes)
    for key, file in files.items():
        upload.upload(stack, key, file, options.focus)
    rejected = False
    for number, key in enumerate(files, start=1):
        diff = wait_for_variants(buckets, key)
        rejected |= diff.state != CURRENT
        show_progress(number, len(files))
        wanted = sizes_for_key(sizes, key) if diff.state == CURRENT else ()
        _print_outcome(stack, diff, wanted, as_json=options.json)
    return ExitCode.WORK_LEFT if rejected else ExitCode.SUCCESS


def _print_outcome(
    stack: Deployment, diff: KeyDiff, sizes: Sequence[Size], *, as_json: bool
) -> None:
    """Print where the variants are; without any, why.

    Those that are made on request may not be in the bucket yet, but have a URL.
    """
    objects = [
        f"s3://{stack.resized}/{size.variant_key(diff.key)}"
        for size in sizes
        if size.make == UPLOAD
    ]
    served = sizes if stack.url else ()
    urls = {size.name: stack.variant_url(size, diff.key) for size in served}
    if as_json:
        code = diff.why or None
        document = {"key": diff.key, "state": diff.state, "code": code, "message": code}
        places = {"rejected": code, "sizes": objects}
        write_json("upload", document | places | ({"urls": urls} if stack.url else {}))
    elif diff.state == CURRENT:
        write(*(urls.values() or objects))
    else:
        write(f"{diff.key}: rejected: {diff.why}")
