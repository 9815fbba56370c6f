"""What people see: lines that are safe for a terminal, and a bar on standard error."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 30


def printable(text: str) -> str:
    """The text with every character escaped that a terminal would obey or hide.

    Those are control characters, line ends, marks of direction, what has no width, and
    lone surrogates: keys and file names may hold all of them.
    """
    return "".join(map(_escaped, text))


def write(*lines: str) -> None:
    """Print results for people on standard output; each argument is one line."""
    _print(sys.stdout, lines)


def write_json(document: Any) -> None:
    """Print a result for programs on standard output, by JSON's own escapes."""
    # JSON alone lets DEL through.
    _print(sys.stdout, [json.dumps(document).replace("\x7f", "\\u007f")])


def say(*lines: str) -> None:
    """Tell the person at the terminal on standard error; each argument is one line."""
    _print(sys.stderr, lines)


def counted(number: int, noun: str) -> str:
    """`1 key`, `2,000 keys`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def show(done: int, total: int, *, quiet: bool = False) -> None:
    """Redraw the bar at `done` of `total`; the last time ends the line."""
    if quiet or not sys.stderr.isatty():
        return
    bar = "█" * (done * WIDTH // max(total, 1))
    end = "\n" if done == total else ""
    print(f"\r{bar:<{WIDTH}} {done}/{total}", end=end, file=sys.stderr, flush=True)


def _escaped(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _print(stream: TextIO, lines: Iterable[str]) -> None:
    for line in map(printable, lines):
        encoding = stream.encoding
        said = line.encode(encoding, "backslashreplace").decode(encoding)
        print(said, file=stream, flush=True)
