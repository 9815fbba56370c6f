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
from local.load import burst, burst_outcome, load
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
    heavy.add_argument("--uploads", type=int, default=load.UPLOADS, help="their number")
    _add_burst_options(heavy)
    return parser


def _add_burst_options(heavy: argparse.ArgumentParser) -> None:
    """With one of them, uploads are sent as fast as they go, and not changed."""
    heavy.add_argument(
        "--throttle", action="store_true", help="a burst; S3 refuses 20 % for a minute"
    )
    heavy.add_argument(
        "--backfill", action="store_true", help="a burst during a backfill"
    )
    heavy.add_argument(
        "--intake", choices=("function", "queue"), help="a burst, through this intake"
    )


def _run(arguments: argparse.Namespace) -> None:
    if arguments.command == "up":
        _until_interrupted()
    elif arguments.command == "load":
        _load(arguments)
    else:
        absent = [str(file) for file in arguments.files if not file.exists()]
        if absent:
            msg = f"no such file: {', '.join(absent)}"
            raise UsageError(msg)
        files = [*arguments.files, *named(arguments.photos)]
        photos = local_files.by_key(files)
        demo.run(photos, link_originals=not arguments.no_links)


def _load(arguments: argparse.Namespace) -> None:
    if not (arguments.throttle or arguments.backfill or arguments.intake):
        found = load.run(
            kill=arguments.kill, uploads=arguments.uploads, seconds=arguments.seconds
        )
        print(load.report(found))
        return
    if arguments.kill or arguments.seconds:
        msg = "--kill and --seconds are not for a burst: leave them out, or start one "
        raise UsageError(msg + "without --throttle, --backfill and --intake")
    wanted = burst.Burst(
        arguments.uploads,
        is_throttled=arguments.throttle,
        library=burst.LIBRARY if arguments.backfill else 0,
        intake=arguments.intake or "function",
    )
    print(burst_outcome.table(burst.run(wanted)))


def _until_interrupted() -> None:
    """Run until Ctrl-C, which is the normal end."""
    try:
        up.run()
    except KeyboardInterrupt:
        say("", "Stopped.")


if __name__ == "__main__":
    main()
