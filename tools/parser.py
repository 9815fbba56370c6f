"""The commands of `resize-on-upload` and their options; those without AWS run here."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from resize_on_upload import __version__
from tools import defaults, operations
from tools.terminal import printable, write

if TYPE_CHECKING:
    from collections.abc import Callable

_EXAMPLES = """examples:
  resize-on-upload preview photo.jpg
  resize-on-upload preview *.heic --sizes config/sizes.json --out /tmp/look --json
  resize-on-upload check
  resize-on-upload doctor
  resize-on-upload plan
  resize-on-upload backfill --prefix holiday/ --dry-run
  resize-on-upload redrive rejected --code decode-timeout
"""


class _Parser(argparse.ArgumentParser):
    """One whose errors repeat a wrong argument safely."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))

    def print_help(self, file: Any = None) -> None:
        """Print it as every other text, so that a closed pipe is noticed."""
        if file is None:
            write(*self.format_help().removesuffix("\n").split("\n"))
        else:
            super().print_help(file)


class _Version(argparse.Action):
    """argparse's own would hide a full disk."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        write(__version__)
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Every command; `run` of what it parses runs one."""
    found = _Parser(
        prog="resize-on-upload",
        description="Look at the engine without AWS, and at what is deployed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(commands)
    operations.add(commands)
    for command in commands.choices.values():
        command.add_argument(
            "--sizes", type=Path, default=defaults.SIZES, metavar="FILE",
            help=f"the sizes to make (default: {defaults.SIZES})",
        )  # fmt: skip
        command.add_argument(
            "--json", action="store_true", help="one JSON object a line, on stdout"
        )
    return found


def _add(commands: Any) -> None:
    """The commands that need no AWS."""
    command = commands.add_parser("preview", help="make every size of local files")
    command.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="a folder: the images in it",
    )  # fmt: skip
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
        "--hours", type=_whole(defaults.MAX_HOURS), default=defaults.HOURS, metavar="N",
        help=f"how far to look back (default: {defaults.HOURS})",
    )  # fmt: skip
    operations.add_stack(command)
    command.add_argument(
        "--uploads", type=_whole(defaults.MAX_UPLOADS), default=defaults.UPLOADS,
        metavar="N", help=f"how many (default: {defaults.UPLOADS})",
    )  # fmt: skip
    command.set_defaults(run=_estimate)


def _whole(most: int) -> Callable[[str], int]:
    """The type of an option that counts something."""

    def count(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if digits and 1 <= int(text) <= most:
            return int(text)
        msg = f"must be a whole number from 1 to {most}"
        raise argparse.ArgumentTypeError(msg)

    return count


def _choose_imagemagick() -> None:
    """Spare Wand a search; harmless where another ImageMagick is the right one."""
    os.environ.setdefault("WAND_MAGICK_LIBRARY_SUFFIX", "-7.Q16;-6.Q16")


def _preview(options: argparse.Namespace) -> bool:
    from tools import sizes_file
    from tools.commands import preview

    _choose_imagemagick()
    return preview.run(
        options.files,
        [size for size in sizes_file.load(options.sizes) if not size.suffix],
        options.out,
        as_json=options.json,
        quiet=options.quiet,
    )


def _check(options: argparse.Namespace) -> bool:
    from tools.commands import check

    return check.run(options.sizes, options.keys, as_json=options.json)


def _estimate(options: argparse.Namespace) -> bool:
    from tools import sizes_file
    from tools.commands import estimate
    from tools.stack import deployment

    shared = {"uploads": options.uploads, "as_json": options.json}
    if options.files:
        _choose_imagemagick()
        sizes = sizes_file.load(options.sizes)
        return estimate.of_files(options.files, sizes, **shared)
    found = deployment.find(options)
    return estimate.of_deployed(found, hours=options.hours, **shared)


def _doctor(options: argparse.Namespace) -> bool:
    from tools.commands import doctor

    _choose_imagemagick()
    return doctor.run(options.sizes, as_json=options.json)
