"""`outputs`: print the outputs of a deployed stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import write, write_json

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Print the outputs of a deployed stack: its buckets, functions, queues and URLs. With
NAME, print the value alone, for a script.

Changes nothing.
"""
EXAMPLES = """\
examples:
  resize-on-upload outputs
  resize-on-upload outputs --json
  resize-on-upload outputs OriginalBucketName
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the name of an output")
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the outputs, or the value of one."""
    from resize_on_upload_cli.stack import deployment

    stack = deployment.find(options)
    found = dict(sorted(stack.outputs.items()))
    if options.name and options.name not in found:
        msg = f"there is no output {options.name}; there are {', '.join(found)}"
        raise UsageError(msg)
    if options.name:
        found = {options.name: found[options.name]}
    width = max(map(len, found))
    for name, value in found.items():
        if options.json:
            write_json("outputs", {"name": name, "value": value})
        else:
            write(value if options.name else f"{name:<{width}}  {value}")
    return ExitCode.SUCCESS
