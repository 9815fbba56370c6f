"""`smoke`: test the deployed stack with one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import arguments, sizes_file
from tools.errors import ExitCode
from tools.terminal import write, write_json

if TYPE_CHECKING:
    import argparse

    from tools.actions.smoke import SmokeResult

DESCRIPTION = """\
Test the deployed stack: upload a small image, wait for its variants, delete it, wait
until they are gone, and print how long each step took.

Writes one image to the original bucket, and leaves nothing behind.
"""
EXAMPLES = """\
examples:
  resize-on-upload smoke
  resize-on-upload smoke --stack-name staging --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    arguments.add_deployed_sizes(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Run the test and print its steps."""
    from tools.actions import smoke
    from tools.stack import deployment

    result = smoke.run(deployment.find(options), sizes_file.load(options.sizes))
    if options.json:
        document = {"key": result.key, "sizes": result.sizes}
        write_json({**document, "seconds": result.seconds})
    else:
        write(*_lines(result))
    return ExitCode.WORK_LEFT if result.rejected else ExitCode.SUCCESS


def _lines(result: SmokeResult) -> list[str]:
    made = f"every variant written: {', '.join(result.sizes)}"
    labels = {
        "upload": "uploaded",
        "sizes": "rejected" if result.rejected else made,
        "delete": "deleted",
        "gone": "every variant deleted",
    }
    return [f"{took:>7.2f} s  {labels[step]}" for step, took in result.seconds.items()]
