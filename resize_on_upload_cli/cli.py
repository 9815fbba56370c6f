"""The command line `resize-on-upload`: run a command, return its exit code.

Nothing is imported before `main` can handle Ctrl-C, and no command but the one that
runs: help needs neither AWS's SDK nor ImageMagick.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return one of errors.ExitCode."""
    _open_closed_streams()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        from resize_on_upload_cli.errors import ExitCode
        from resize_on_upload_cli.terminal import say

        say("", "Stopped. Run it again to continue.")
        return ExitCode.INTERRUPTED


def _open_closed_streams() -> None:
    """Open /dev/null for each stream that the shell has closed, as by `>&-`.

    Python has None for it, and the next file that is opened would get its number: what
    is meant for standard error would be written to that file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - no pathlib here; open until the end
            setattr(sys, name, null)


def _run(arguments: Sequence[str]) -> int:
    try:
        from resize_on_upload_cli import parser

        options = parser.parse(arguments)
        return int(options.run(options))
    except Exception as error:
        from resize_on_upload_cli import error_messages, terminal

        failure = error_messages.translate(error)
        if failure is None:
            raise
        terminal.say(*failure.lines)
        return failure.exit_code


if __name__ == "__main__":
    sys.exit(main())
