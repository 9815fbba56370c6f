"""The command line `resize-on-upload`: run a command, end with its exit code.

It loads nothing before it can tell of an interruption, and no command but the one that
is run: help needs neither AWS's SDK nor ImageMagick.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code is one of exits.Exit."""
    _open_closed_streams()
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        from tools.errors import Exit
        from tools.terminal import say

        say("", "Stopped. Run it again to go on.")
        return Exit.INTERRUPTED


def _open_closed_streams() -> None:
    """Give each stream that the shell has closed, as by `>&-`, a place to go to.

    Python has None for it, and the next file that is opened would get its number: what
    is meant for standard error would be written there.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - no pathlib here; open until the end
            setattr(sys, name, nowhere)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        from tools import parser

        options = parser.parser().parse_args(arguments)
        return int(options.run(options))
    except Exception as error:
        from tools import error_messages, terminal

        failure = error_messages.explained(error)
        if failure is None:
            raise
        terminal.say(*failure.lines)
        return failure.code


if __name__ == "__main__":
    sys.exit(main())
