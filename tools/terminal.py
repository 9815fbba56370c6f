"""What people see: lines that are safe for a terminal, and a bar on standard error."""

from __future__ import annotations

import errno
import json
import os
import sys
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 30


class OutputError(Exception):
    """A stream takes nothing any more.

    Attributes:
        closed: Whether its reader is gone, as that of `| head`.
    """

    def __init__(self, why: str | None, *, closed: bool) -> None:
        self.closed = closed
        super().__init__(why)


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
    _print(sys.stdout, [json.dumps(document)])


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
    full = "█" if _can_print(sys.stderr, "█") else "#"
    bar = full * (done * WIDTH // max(total, 1))
    _bar.on_screen = done != total
    end = "" if _bar.on_screen else "\n"
    print(f"\r{bar:<{WIDTH}} {done}/{total}", end=end, file=sys.stderr, flush=True)


def tick(*, ok: bool) -> str:
    """A mark for what is well or not, in the characters that standard output has."""
    if _can_print(sys.stdout, "✅❌"):
        return "✅" if ok else "❌"
    return "ok" if ok else "FAILED"


@dataclass(slots=True)
class _Bar:
    """Whether the cursor stands behind a bar: it goes before anything is printed."""

    on_screen: bool = False

    def clear(self) -> None:
        if self.on_screen:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        self.on_screen = False


_bar = _Bar()


def _can_print(stream: TextIO, text: str) -> bool:
    return _encodable(stream, text) == text


def _encodable(stream: TextIO, text: str) -> str:
    """The text with every character escaped that a stream's encoding lacks."""
    encoding = stream.encoding
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _escaped(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _print(stream: TextIO, lines: Iterable[str]) -> None:
    _bar.clear()
    try:
        for line in lines:
            print(_encodable(stream, printable(line)), file=stream, flush=True)
    except OSError as error:
        _silence(stream)
        raise OutputError(error.strerror, closed=error.errno == errno.EPIPE) from error


def _silence(stream: TextIO) -> None:
    """Let what is still in a broken stream's buffer go nowhere when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
