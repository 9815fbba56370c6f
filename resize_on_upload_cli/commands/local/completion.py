"""`completion`: print a script that completes commands and options in a shell."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from resize_on_upload_cli import commands
from resize_on_upload_cli.completion import described
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import write

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTION = """\
Print a script that completes commands, options and file names in a shell, to be
added to ~/.bashrc, to ~/.zshrc after compinit, or to fish's config.fish.

  eval "$(resize-on-upload completion bash)"
  eval "$(resize-on-upload completion zsh)"
  resize-on-upload completion fish | source

Changes nothing.
"""
EXAMPLES = """\
examples:
  resize-on-upload completion bash
"""

_SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument."""
    parser.add_argument("shell", choices=_SHELLS, help="for which shell")


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    shell = import_module(f"resize_on_upload_cli.completion.{options.shell}")
    write(*shell.script(list(_commands())).splitlines())
    return ExitCode.SUCCESS


def _commands() -> Iterator[described.Command]:
    for name, summary in commands.SUMMARIES.items():
        parser = argparse.ArgumentParser()
        commands.load(name).add_arguments(parser)
        yield described.command(name, summary, parser)
