"""The command line: `resize-on-upload preview`, `check` and `doctor`."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload import sizes
from resize_on_upload.errors import ResizeOnUploadError, SizesError
from tools import check, doctor, preview
from tools.progress import say

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = Path("config/sizes.json")
OK, FAILED, USAGE = 0, 1, 2

_EXAMPLES = """examples:
  resize-on-upload preview photo.jpg
  resize-on-upload preview *.heic --sizes config/sizes.json --out /tmp/look --json
  resize-on-upload check
  resize-on-upload doctor
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 when it is not, 2 for a wrong call."""
    parser = _parser()
    options = parser.parse_args(arguments)
    # Spares Wand a search; harmless where another ImageMagick is the right one.
    os.environ.setdefault("WAND_MAGICK_LIBRARY_SUFFIX", "-7.Q16;-6.Q16")
    try:
        return int(options.run(options))
    except SizesError as error:
        say(f"{options.sizes} has mistakes:\n{error}")
        return FAILED if options.run is _check else USAGE
    except OSError as error:
        say(f"{error.filename}: {error.strerror}")
        return USAGE
    except ResizeOnUploadError as error:
        say(
            f"the engine failed: {error}. `resize-on-upload doctor` looks for the cause"
        )
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="resize-on-upload",
        description="Look at what the function would make of pictures, without AWS.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=version("resize-on-upload")
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser("preview", help="make every size of local files")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument(
        "-o", "--out", type=Path, default=Path("preview"), metavar="DIR",
        help="where the sizes and the contact sheet go (default: preview)",
    )  # fmt: skip
    command.add_argument("-q", "--quiet", action="store_true", help="no progress")
    command.set_defaults(run=_preview)

    command = commands.add_parser("check", help="say what sizes.json makes")
    command.set_defaults(run=_check)

    command = commands.add_parser("doctor", help="prove formats, policy and walls")
    command.set_defaults(run=_doctor)

    for command in commands.choices.values():
        command.add_argument(
            "--sizes", type=Path, default=SIZES, metavar="FILE",
            help=f"the sizes to make (default: {SIZES})",
        )  # fmt: skip
        command.add_argument(
            "--json", action="store_true", help="one JSON object a line, on stdout"
        )
    return parser


def _preview(options: argparse.Namespace) -> bool:
    return preview.run(
        options.files,
        sizes.parse(options.sizes.read_text(encoding="utf-8")),
        options.out,
        as_json=options.json,
        quiet=options.quiet,
    )


def _check(options: argparse.Namespace) -> bool:
    text = options.sizes.read_text(encoding="utf-8")
    return check.run(sizes.parse(text), as_json=options.json)


def _doctor(options: argparse.Namespace) -> bool:
    return doctor.run(options.sizes, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
