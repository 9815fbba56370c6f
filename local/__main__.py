"""`python -m local demo [FILE...]`, `up` and `load [--kill]`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from local import demo, load, up
from local.deploy import DeployError
from local.processes import StartError
from tools.progress import say

INTERRUPTED = 130  # as shells report Ctrl-C


def main() -> None:
    """Run a command; 1 with the reason where it fails, 2 where it is misused."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("demo", help="resize photos and show the results")
    show.add_argument("photos", nargs="*", type=Path, metavar="FILE")
    commands.add_parser("up", help="leave the stack running until Ctrl-C")
    heavy = commands.add_parser("load", help="hundreds of uploads at once")
    heavy.add_argument(
        "--kill", action="store_true", help="and kill functions and decoders"
    )
    heavy.add_argument(
        "--seconds", type=float, default=0, help="go on for so long at least"
    )
    arguments = parser.parse_args()
    # A shell lets what it starts in the background ignore Ctrl-C's signal.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        if arguments.command == "up":
            _until_interrupted()
            return
        if arguments.command == "load":
            found = load.run(kill=arguments.kill, seconds=arguments.seconds)
            print(load.report(found))
            return
        absent = [str(file) for file in arguments.photos if not file.is_file()]
        if absent:
            parser.error(f"no such file: {', '.join(absent)}")
        demo.run(arguments.photos)
    except (demo.DemoError, DeployError, StartError) as error:
        say("", *str(error).split("\n"))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _until_interrupted() -> None:
    """Ctrl-C is how it is meant to end."""
    try:
        up.run()
    except KeyboardInterrupt:
        say("", "Stopped.")


if __name__ == "__main__":
    main()
