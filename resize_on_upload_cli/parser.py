"""Parse the command line; only the command that it names is loaded."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from resize_on_upload import __version__
from resize_on_upload_cli import commands
from resize_on_upload_cli.terminal import printable, write

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = """\
Each command explains itself: resize-on-upload COMMAND --help

exit codes:
  0 success; 1 work is left, a file was rejected or a check failed; 2 usage error;
  3 the state could not be determined: no stack, credentials, access or connection;
  4 there is something to do (plan --detailed-exitcode only)

examples:
  resize-on-upload preview photo.jpg
  resize-on-upload plan
  resize-on-upload backfill --prefix holiday/ --dry-run
"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command, with its `run`.

    Raises:
        SystemExit: help was printed (0), or the arguments are wrong (2).
    """
    parser = _Parser(
        prog="resize-on-upload",
        description="Try out sizes on this machine, and look after a deployed stack.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in commands.SUMMARIES.items():
        command = subparsers.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name in arguments:
            _load(name, command)
    return parser.parse_args(arguments)


def _load(name: str, parser: argparse.ArgumentParser) -> None:
    command = commands.load(name)
    parser.description, parser.epilog = command.DESCRIPTION, command.EXAMPLES
    command.add_arguments(parser)
    parser.set_defaults(run=command.run)


class _Parser(argparse.ArgumentParser):
    """Repeats a wrong argument safely, and prints help like any other result."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))

    def print_help(self, file: Any = None) -> None:
        """Print it so that a closed pipe is noticed."""
        if file is None:
            write(*self.format_help().removesuffix("\n").split("\n"))
        else:
            super().print_help(file)


class _Version(argparse.Action):
    """argparse's own would hide a full disk."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        write(__version__)
        parser.exit()
