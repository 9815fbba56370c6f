"""`open`: print or open the pages of a deployed stack in AWS's console."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.terminal import say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

DESCRIPTION = """\
Open pages of a deployed stack in a browser: its dashboard, alarms, logs, functions,
buckets and queues. Without PAGE, print the address of each.

Changes nothing.
"""
EXAMPLES = """\
examples:
  resize-on-upload open
  resize-on-upload open dashboard logs
  resize-on-upload open failed --print
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "pages", nargs="*", metavar="PAGE", help="the name of a page to open"
    )
    parser.add_argument(
        "--print", action="store_true", help="print the addresses, and open nothing"
    )
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the addresses; open those that are named."""
    from resize_on_upload_cli.monitoring import console
    from resize_on_upload_cli.stack import deployment

    pages = console.pages(deployment.find(options))
    if unknown := [name for name in options.pages if name not in pages]:
        msg = f"there is no page {unknown[0]}; there are {', '.join(pages)}"
        raise UsageError(msg)
    chosen = {name: pages[name] for name in options.pages or pages}
    _print(chosen, as_json=options.json)
    if options.pages and not (options.print or options.json):
        for address in chosen.values():
            if not webbrowser.open(address):
                say("There is no browser here: open the address in one.")
                return ExitCode.SUCCESS
    return ExitCode.SUCCESS


def _print(pages: Mapping[str, str], *, as_json: bool) -> None:
    width = max(map(len, pages))
    for name, address in pages.items():
        if as_json:
            write_json("open", {"name": name, "url": address})
        else:
            write(f"{name:<{width}}  {address}")
