"""The command line `resize-on-upload`: its commands and their options."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from resize_on_upload import sizes
from resize_on_upload.errors import (
    AccessRefused,
    ResizeOnUploadError,
    SizesError,
    StoreUnavailable,
)
from tools import check, deployment, doctor, estimate, history, operations, preview
from tools.progress import printable, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload.size import Size

SIZES = Path("config/sizes.json")
OK, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 130  # as shells report Ctrl-C

_EXAMPLES = """examples:
  resize-on-upload preview photo.jpg
  resize-on-upload preview *.heic --sizes config/sizes.json --out /tmp/look --json
  resize-on-upload check
  resize-on-upload doctor
  resize-on-upload plan
  resize-on-upload backfill --prefix holiday/ --dry-run
  resize-on-upload redrive rejected --code decode-timeout
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 when it is not, 2 for a wrong call."""
    parser = _parser()
    options = parser.parse_args(arguments)
    # Spares Wand a search; harmless where another ImageMagick is the right one.
    os.environ.setdefault("WAND_MAGICK_LIBRARY_SUFFIX", "-7.Q16;-6.Q16")
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        say("", "Stopped. Run it again to go on.")
        return INTERRUPTED
    except _EXPECTED as error:
        lines, code = _explained(error, options)
        say(*lines)
        return code


_EXPECTED = (
    ResizeOnUploadError,
    deployment.DeploymentError,
    ClientError,
    BotoCoreError,
    OSError,
)


def _explained(error: Exception, options: argparse.Namespace) -> tuple[list[str], int]:
    """What to tell a person of an error, and the exit code."""
    match error:
        case SizesError():
            lines = [f"{options.sizes} has mistakes:", *str(error).split("\n")]
            return lines, FAILED if options.run is _check else USAGE
        case AccessRefused() | StoreUnavailable() | deployment.DeploymentError():
            return [str(error)], FAILED
        case ClientError() | BotoCoreError():
            return [f"AWS refused: {error}"], FAILED
        case OSError():
            return [f"{error.filename}: {error.strerror}"], USAGE
        case _:
            advice = "`resize-on-upload doctor` looks for the cause"
            return [f"the engine failed: {error}. {advice}"], FAILED


class _Parser(argparse.ArgumentParser):
    """One whose errors repeat a wrong argument safely."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="resize-on-upload",
        description="Look at the engine without AWS, and at what is deployed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=version("resize-on-upload")
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _add(commands)
    operations.add(commands)
    for command in commands.choices.values():
        command.add_argument(
            "--sizes", type=Path, default=SIZES, metavar="FILE",
            help=f"the sizes to make (default: {SIZES})",
        )  # fmt: skip
        command.add_argument(
            "--json", action="store_true", help="one JSON object a line, on stdout"
        )
    return parser


def _add(commands: Any) -> None:
    """The commands that need no AWS."""
    command = commands.add_parser("preview", help="make every size of local files")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument(
        "-o", "--out", type=Path, default=Path("preview"), metavar="DIR",
        help="where the sizes and the contact sheet go (default: preview)",
    )  # fmt: skip
    command.add_argument("-q", "--quiet", action="store_true", help="no progress")
    command.set_defaults(run=_preview)

    command = commands.add_parser("check", help="say what sizes.json makes")
    command.add_argument("keys", nargs="*", metavar="KEY", help="say what it gets")
    command.set_defaults(run=_check)

    command = commands.add_parser("doctor", help="prove formats, policy and walls")
    command.set_defaults(run=_doctor)

    command = commands.add_parser("estimate", help="what uploads like these cost")
    command.add_argument(
        "files", nargs="*", type=Path, metavar="FILE",
        help="measured here; without any: what the deployed function did lately",
    )  # fmt: skip
    command.add_argument(
        "--hours", type=int, default=history.HOURS, metavar="N",
        help=f"how far to look back (default: {history.HOURS})",
    )  # fmt: skip
    deployment.add_options(command)
    command.add_argument(
        "--uploads", type=int, default=1_000_000, metavar="N",
        help="how many (default: 1000000)",
    )  # fmt: skip
    command.set_defaults(run=_estimate)


def _preview(options: argparse.Namespace) -> bool:
    return preview.run(
        options.files,
        [size for size in _configured(options) if not size.suffix],
        options.out,
        as_json=options.json,
        quiet=options.quiet,
    )


def _configured(options: argparse.Namespace) -> tuple[Size, ...]:
    return sizes.parse(options.sizes.read_text(encoding="utf-8"))


def _check(options: argparse.Namespace) -> bool:
    return check.run(_configured(options), options.keys, as_json=options.json)


def _estimate(options: argparse.Namespace) -> bool:
    shared = {"uploads": options.uploads, "as_json": options.json}
    if options.files:
        return estimate.of_files(options.files, _configured(options), **shared)
    found = deployment.find(options)
    return estimate.of_deployed(found, hours=options.hours, **shared)


def _doctor(options: argparse.Namespace) -> bool:
    return doctor.run(options.sizes, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
