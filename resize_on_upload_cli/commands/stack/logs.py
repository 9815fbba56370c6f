"""`logs`: print the log lines of a deployed stack, or follow them."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import say, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resize_on_upload_cli.monitoring.log_line import LogLine
    from resize_on_upload_cli.stack.deployment import Deployment

DESCRIPTION = """\
Print what the functions of a deployed stack have logged: one line per key, with its
outcome. With delivery, this includes the on-request function.

Changes nothing. With --follow, it ends by Ctrl-C.
"""
EXAMPLES = """\
examples:
  resize-on-upload logs --since 2h
  resize-on-upload logs --key holiday/lake.jpg --since 14d
  resize-on-upload logs --follow --json
  resize-on-upload logs --function on-request
"""

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SINCE = re.compile(r"(\d{1,5})([smhdw])")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--key", type=arguments.original_key, metavar="KEY",
        help="only lines about this key of an original",
    )  # fmt: skip
    parser.add_argument(
        "--since", type=_seconds, default="1h", metavar="TIME",
        help="how far back, such as 30s, 10m, 2h, 7d or 2w (default: 1h)",
    )  # fmt: skip
    parser.add_argument(
        "-f", "--follow", action="store_true", help="also print what is logged next"
    )
    parser.add_argument(
        "--function", choices=("upload", "on-request"),
        help="only the function that processes uploads, or the one that makes variants "
        "for viewers (default: all)",
    )  # fmt: skip
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the lines."""
    from resize_on_upload_cli.monitoring import log_reader
    from resize_on_upload_cli.stack import deployment

    stack = deployment.find(options)
    start = max(0, stack.clock.wall_time() - options.since)  # CloudWatch's first time
    query = log_reader.Query(
        _functions(stack, options.function), int(start * 1_000), options.key
    )
    if options.follow:
        return _follow(log_reader.follow(stack, query), as_json=options.json)
    printed = _print(log_reader.read(stack, query), as_json=options.json)
    if not printed:
        say("Nothing was logged in this time; --since goes further back.")
    return ExitCode.SUCCESS


def _functions(stack: Deployment, chosen: str | None) -> list[str]:
    from resize_on_upload_cli.monitoring import log_reader

    existing = log_reader.functions(stack)
    if chosen is None:
        return existing
    if chosen not in existing:
        msg = f"the stack {stack.name} has no {chosen} function: it has no delivery"
        raise UsageError(msg)
    return [chosen]


def _follow(lines: Iterable[LogLine], *, as_json: bool) -> int:
    """Print lines until Ctrl-C, which is how it usually ends."""
    try:
        _print(lines, as_json=as_json)
    except KeyboardInterrupt:
        say("")
    return ExitCode.INTERRUPTED


def _print(lines: Iterable[LogLine], *, as_json: bool) -> int:
    """Print what is logged about keys, and errors; return the number of lines."""
    printed = 0
    for line in lines:
        if line.is_of_lambda:
            continue
        printed += 1
        if as_json:
            write_json("logs", line.document())
        else:
            write(line.for_people())
    return printed


def _seconds(text: str) -> int:
    found = _SINCE.fullmatch(text)
    if found:
        return int(found[1]) * _UNITS[found[2]]
    msg = f"{text}: must be a number with s, m, h, d or w, such as 30m or 7d"
    raise argparse.ArgumentTypeError(msg)
