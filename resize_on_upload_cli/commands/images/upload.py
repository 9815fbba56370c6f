"""`upload`: upload files and wait for their variants."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments, local_files, sizes_file
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import say, show_progress, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.uploads.batch import Batch, Sent

DESCRIPTION = """\
Upload files to the original bucket as a web page does, several at once; wait for the
variants that are made at the upload, and print where they are: the URLs of all sizes if
the stack has delivery, otherwise the objects.

Writes an original for each file. Its key is --prefix, directly followed by the file's
name, or by its path below the folder that was given: for a folder in S3, end --prefix
with a slash. An existing original is overwritten, unless it is the same file. If a
file fails, the others are still uploaded; run the command again for the rest.
"""
EXAMPLES = """\
examples:
  resize-on-upload upload photo.jpg
  resize-on-upload upload holiday/ --prefix 2026/
  resize-on-upload upload 'photos/**/*.heic' --dry-run
  resize-on-upload upload portrait.jpg --focus 0.3,0.6
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="a file, a folder, or a pattern in quotes: the images there, with their "
        "path below it as key",
    )  # fmt: skip
    arguments.add_prefix(parser, "what the keys begin with, such as 2026/")
    arguments.add_focus(parser)
    parser.add_argument(
        "--force", action="store_true", help="upload again what is there already"
    )
    arguments.add_dry_run(parser)
    arguments.add_deployed_sizes(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Upload the files and print each outcome."""
    from resize_on_upload_cli.stack import deployment
    from resize_on_upload_cli.uploads.batch import Batch, Sent

    stack = deployment.find(options)
    problems = local_files.Problems()
    files = local_files.by_key(options.files, options.prefix, problems)
    sizes = sizes_file.load(options.sizes)
    stack.require_deployed(sizes)
    prefix = options.prefix
    if prefix and not prefix.endswith("/") and not options.json:
        say(f"Keys begin with {prefix}; for a folder, use --prefix {prefix}/")
    batch = Batch(stack, options.focus, options.force, options.dry_run)
    sent = [Sent.failed(file, why) for file, why in problems.found.items()]
    sent += _send(batch, files)
    if options.dry_run:
        return _print_plan(sent, as_json=options.json)
    return _print_outcomes(stack, sent, as_json=options.json)


def _send(batch: Batch, files: Mapping[str, Path]) -> list[Sent]:
    sent: list[Sent] = []
    with closing(batch.send(files.items())) as results:
        for one in results:
            sent.append(one)
            show_progress(len(sent), len(files))
    return sent


def _print_plan(sent: Sequence[Sent], *, as_json: bool) -> int:
    """Print what a dry run has found."""
    from resize_on_upload_cli.uploads import batch, outcome

    for one in sent:
        if as_json:
            write_json("upload-plan", one.document())
        elif one.state == batch.UPLOADED:
            write(f"{one.file} would be uploaded as {one.key}")
        elif one.state == batch.FAILED:
            write(f"{one.file}: {one.message}")
    counts = Counter(one.state for one in sent)
    if not as_json:
        write("", f"{outcome.summary(counts, dry_run=True)}; nothing was.")
    left = counts.keys() - {batch.THERE}
    return ExitCode.WORK_LEFT if left else ExitCode.SUCCESS


def _print_outcomes(stack: Deployment, sent: Sequence[Sent], *, as_json: bool) -> int:
    """Wait for the variants, and print where they are."""
    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.key_diff import CURRENT
    from resize_on_upload_cli.uploads import outcome

    counts: Counter[str] = Counter()
    fine = True
    buckets = BucketDiff(stack, stack.sizes)
    for number, one in enumerate(outcome.of_all(buckets, sent), start=1):
        show_progress(number, len(sent))
        fine &= one.state == CURRENT
        counts.update(one.counted)
        if as_json:
            write_json("upload", outcome.document(stack, one))
        else:
            write(*outcome.lines(stack, one))
    if len(sent) > 1 and not as_json:
        say("", f"{outcome.summary(counts, dry_run=False)}.")
    return ExitCode.SUCCESS if fine else ExitCode.WORK_LEFT
