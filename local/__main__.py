"""`python -m local demo [FILE...]`, `up` and `load [--kill]`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from local import demo, load, up
from local.deploy import DeployError
from local.named_photos import named
from local.processes import StartError
from tools import local_files
from tools.errors import UsageError
from tools.terminal import printable, say

INTERRUPTED = 130  # as shells report Ctrl-C


def main() -> None:
    """Run a command; 1 with the reason where it fails, 2 where it is misused."""
    parser = _parser()
    arguments = parser.parse_args()
    # A shell lets what it starts in the background ignore Ctrl-C's signal.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _run(arguments)
    except UsageError as error:
        parser.error(printable(str(error)))
    except (demo.DemoError, DeployError, StartError) as error:
        say("", *str(error).split("\n"))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("demo", help="resize photos and show the results")
    show.add_argument("files", nargs="*", type=Path, metavar="FILE")
    show.add_argument(
        "--photos", default="", help="more of them, in one text as a shell has them"
    )
    commands.add_parser("up", help="leave the stack running until Ctrl-C")
    heavy = commands.add_parser("load", help="hundreds of uploads at once")
    heavy.add_argument(
        "--kill", action="store_true", help="and kill functions and decoders"
    )
    heavy.add_argument(
        "--seconds", type=float, default=0, help="go on for so long at least"
    )
    return parser


def _run(arguments: argparse.Namespace) -> None:
    if arguments.command == "up":
        _until_interrupted()
    elif arguments.command == "load":
        found = load.run(kill=arguments.kill, seconds=arguments.seconds)
        print(load.report(found))
    else:
        absent = [str(file) for file in arguments.files if not file.exists()]
        if absent:
            msg = f"no such file: {', '.join(absent)}"
            raise UsageError(msg)
        files = [*arguments.files, *named(arguments.photos)]
        demo.run(local_files.by_key(files))


def _until_interrupted() -> None:
    """Ctrl-C is how it is meant to end."""
    try:
        up.run()
    except KeyboardInterrupt:
        say("", "Stopped.")


if __name__ == "__main__":
    main()
