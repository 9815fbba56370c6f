"""`python -m local demo [FILE...]`, `up` and `load [--kill]`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from local import up
from local.demo import demo
from local.demo.photos import named
from local.deployment.deploy import DeployError
from local.load import load
from local.processes import StartError
from resize_on_upload_cli import local_files
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import say


def main() -> None:
    """Run a command; exit with 1 if it fails, with 2 after a usage error."""
    arguments = _parser().parse_args()
    # Shells start programs in the background so that they ignore Ctrl-C's signal.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _run(arguments)
    except UsageError as error:
        say(str(error))
        sys.exit(ExitCode.USAGE)
    except (demo.DemoError, DeployError, StartError) as error:
        say("", *str(error).split("\n"))
        sys.exit(ExitCode.WORK_LEFT)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser(
        "demo",
        help="resize photos and show the results",
        description="Resize photos in a local stack and show the results. The exit "
        "code is 1 if a photo failed or none was resized; rejected ones are reported.",
    )
    show.add_argument("files", nargs="*", type=Path, metavar="FILE")
    show.add_argument(
        "--photos", default="", help="more files, in one text with a shell's quoting"
    )
    show.add_argument(
        "--no-links",
        action="store_true",
        help="do not link the originals: the gallery is opened on another machine",
    )
    commands.add_parser("up", help="keep the stack running until Ctrl-C")
    heavy = commands.add_parser("load", help="hundreds of uploads in parallel")
    heavy.add_argument(
        "--kill", action="store_true", help="kill functions and decoders meanwhile"
    )
    heavy.add_argument("--seconds", type=float, default=0, help="shortest duration")
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
        photos = local_files.by_key(files)
        demo.run(photos, link_originals=not arguments.no_links)


def _until_interrupted() -> None:
    """Run until Ctrl-C, which is the normal end."""
    try:
        up.run()
    except KeyboardInterrupt:
        say("", "Stopped.")


if __name__ == "__main__":
    main()
