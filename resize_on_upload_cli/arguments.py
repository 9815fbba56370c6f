"""Options that several commands share, named as in AWS's own command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload.sizes import focus
from resize_on_upload.sizes.size import MAX_KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_STACK_NAME = "ResizeOnUpload"

STACK_VARIABLE = "RESIZE_ON_UPLOAD_STACK"
"""An environment variable: the name of the stack, for many commands."""

BACKFILL_RATE = 20.0
"""Keys per second: the default of backfill, and what plan's duration is based on."""

REPAIR_RATE = 50.0
"""Keys per second: the default of redrive and prune."""

_MAX_RATE = 1_000
"""Calls per second; for more there is backfill --batch."""

LISTINGS, TABLES = "listings", "tables"
"""What buckets are compared by."""

_EXPIRES, _MAX_EXPIRES = 3_600, 315_360_000

_DEFAULT_SIZES = Path("config/sizes.json")


def add_sizes(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Add --sizes, the path of a sizes.json."""
    parser.add_argument(
        "--sizes", type=Path, default=_DEFAULT_SIZES, metavar="FILE",
        help=f"{meaning} (default: {_DEFAULT_SIZES})",
    )  # fmt: skip


def add_deployed_sizes(parser: argparse.ArgumentParser) -> None:
    """Add --sizes to a command that needs the same sizes as the function has."""
    add_sizes(parser, "the deployed sizes.json")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object per line on stdout"
    )


def add_prefix(
    parser: argparse.ArgumentParser,
    meaning: str = "only keys that begin with this prefix",
) -> None:
    """Add --prefix."""
    parser.add_argument("--prefix", default="", help=meaning)


def add_thorough(parser: argparse.ArgumentParser) -> None:
    """Add --thorough."""
    parser.add_argument(
        "--thorough", action="store_true",
        help="look at every variant, even if the key's manifest is up to date",
    )  # fmt: skip


def add_from(parser: argparse.ArgumentParser) -> None:
    """Add --from: what is read to compare the buckets."""
    parser.add_argument(
        "--from", dest="source", choices=(LISTINGS, TABLES), default=LISTINGS,
        help="what to compare by: listings and variants, or S3's inventory tables "
        f"(default: {LISTINGS})",
    )  # fmt: skip


def add_rate(parser: argparse.ArgumentParser, default: float, calls: str) -> None:
    """Add --rate: how many calls there are in a second."""
    parser.add_argument(
        "--rate", type=_rate, default=default, metavar="N",
        help=f"maximum number of {calls} per second (default: {default:.0f})",
    )  # fmt: skip


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _MAX_RATE:
        msg = f"must be a number above 0 and at most {_MAX_RATE}, such as 20"
        raise argparse.ArgumentTypeError(msg)
    return rate


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add --dry-run."""
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, and do nothing"
    )


def add_stack(parser: argparse.ArgumentParser) -> None:
    """Add the options that find the stack."""
    group = parser.add_argument_group("deployed stack")
    group.add_argument(
        "--stack-name", metavar="NAME",
        help=f"name of the stack (default: {STACK_VARIABLE} in the environment, "
        f"stackName in the current folder's cdk.json, {DEFAULT_STACK_NAME})",
    )  # fmt: skip
    group.add_argument("--region", help="AWS region of the stack")
    group.add_argument("--profile", help="profile of your AWS credentials")


def add_focus(parser: argparse.ArgumentParser) -> None:
    """Add --focus."""
    parser.add_argument(
        "--focus", type=_focus, metavar="X,Y",
        help="the point of each image that crops keep, in fractions of its width and "
        f"height: {focus.EXAMPLE}",
    )  # fmt: skip


def _focus(text: str) -> focus.Focus:
    try:
        return focus.parse(text)
    except focus.FocusError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def whole_number(maximum: int) -> Callable[[str], int]:
    """Return the type of an option that counts something, from 1."""

    def parse(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(maximum))
        if digits and 1 <= int(text) <= maximum:
            return int(text)
        msg = f"must be a whole number from 1 to {maximum}"
        raise argparse.ArgumentTypeError(msg)

    return parse


def original_key(text: str) -> str:
    """Return what can be the key of an original; it is the type of an argument.

    Raises:
        ArgumentTypeError: it cannot be one.
    """
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        length = 0
    if 1 <= length <= MAX_KEY_BYTES and not text.endswith("/"):
        return text
    msg = f"must be 1 to {MAX_KEY_BYTES} bytes of UTF-8 that do not end with '/'"
    raise argparse.ArgumentTypeError(msg)


def add_signing(parser: argparse.ArgumentParser) -> None:
    """Add the options that sign URLs of a stack with viewerKey."""
    parser.add_argument(
        "--sign-with", type=Path, metavar="FILE",
        help="sign URLs with this private key, if the stack has a viewerKey",
    )  # fmt: skip
    parser.add_argument(
        "--expires", type=whole_number(_MAX_EXPIRES), default=_EXPIRES,
        metavar="SECONDS",
        help=f"how long signed URLs are valid (default: {_EXPIRES})",
    )  # fmt: skip
