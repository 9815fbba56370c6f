"""The commands and options of a parser, as a shell completes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

FILE, FOLDER, WORD = "file", "folder", "word"


@dataclass(frozen=True, slots=True)
class Value:
    """What follows an option, or stands alone.

    Attributes:
        kind: FILE, FOLDER or WORD.
        choices: All words that are allowed; empty for any.
        name: As help shows it.
    """

    kind: str
    choices: Sequence[str] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """An option.

    Attributes:
        flags: Its names, such as `-o` and `--out`.
        value: What follows it; None for nothing.
    """

    flags: Sequence[str]
    help: str
    value: Value | None


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its options, and its arguments without a name."""

    name: str
    summary: str
    options: Sequence[Option]
    argument: Value | None


def command(name: str, summary: str, parser: argparse.ArgumentParser) -> Command:
    """Return a command as its parser describes it."""
    actions: Iterable[argparse.Action] = parser._actions  # noqa: SLF001 - no other way
    options, arguments = [], []
    for action in actions:
        value = _value(action)
        if action.option_strings:
            help_text = " ".join((action.help or "").split())
            options.append(Option(action.option_strings, help_text, value))
        elif value:
            arguments.append(value)
    return Command(name, summary, options, arguments[0] if arguments else None)


def _value(action: argparse.Action) -> Value | None:
    if action.nargs == 0:
        return None
    name = str(action.metavar or action.dest).upper()
    if action.choices:
        return Value(WORD, [str(one) for one in action.choices], name)
    if action.type is Path:
        return Value(FOLDER if name == "DIR" else FILE, (), name)
    return Value(WORD, (), name)
