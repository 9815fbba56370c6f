"""Which stack a command is about: by its options, the environment, or cdk.json."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload_cli.arguments import DEFAULT_STACK_NAME, STACK_VARIABLE
from resize_on_upload_cli.errors import UsageError

if TYPE_CHECKING:
    import argparse

_OPTIONS = ("stack_name", "region", "profile")

_COMMAND = re.compile(r"`resize-on-upload (?!check\b|preview\b|doctor\b)[^`]+(?=`)")
"""One that is about a stack, in a message."""


def stack_name(options: argparse.Namespace) -> str:
    """Return the name of the stack that these options select.

    Raises:
        UsageError: cdk.json would name it, but is not valid.
    """
    given = options.stack_name or os.environ.get(STACK_VARIABLE, "").strip()
    return given or configured_name(Path("cdk.json"))


def as_text(options: argparse.Namespace) -> str:
    """Return those of the options that select a stack, to add to another command."""
    given = ((name, getattr(options, name)) for name in _OPTIONS)
    return "".join(
        f" --{name.replace('_', '-')} {shlex.quote(value)}"
        for name, value in given
        if value
    )


def with_options(text: str, options: str) -> str:
    """Return a message whose commands are about the same stack."""
    return _COMMAND.sub(lambda found: found[0] + options, text)


def configured_name(file: Path) -> str:
    """Return the stackName of a cdk.json, or the default if it sets none.

    Raises:
        UsageError: the file exists but is not a cdk.json.
    """
    try:
        name = json.loads(file.read_bytes())["context"]["stackName"]
    except (FileNotFoundError, KeyError):
        return DEFAULT_STACK_NAME
    except (ValueError, TypeError) as error:
        msg = f"{file}: is not valid; correct it, or name the stack with --stack-name"
        raise UsageError(msg) from error
    # As resize_on_upload_cdk/configuration/settings.py reads it.
    return ("" if name is None else str(name)).strip() or DEFAULT_STACK_NAME
