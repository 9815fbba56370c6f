"""Print lines that are safe for a terminal, and a progress bar on standard error."""

from __future__ import annotations

import errno
import json
import os
import sys
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from resize_on_upload_cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BAR_WIDTH = 30

JSON_VERSION = 1
"""The version of what --json prints; new fields do not change it."""


class OutputError(CommandError):
    """A stream cannot be written to: its disk is full, for example."""

    exit_code = ExitCode.USAGE


class ClosedOutputError(OutputError):
    """The reader of a stream is gone, as with `| head`: nothing is reported."""

    exit_code = ExitCode.OUTPUT_CLOSED

    @property
    def lines(self) -> tuple[str, ...]:
        """Nothing."""
        return ()


def printable(text: str) -> str:
    """Escape every character that a terminal would obey or hide.

    These are control characters, line ends, direction marks, zero-width characters and
    lone surrogates: keys and file names may contain all of them.
    """
    return "".join(map(_escaped, text))


def is_printed_as_it_is(text: str) -> bool:
    """Return whether `write` escapes nothing of a text."""
    return printable(text) == text and _can_print(sys.stdout, text)


def write(*lines: str) -> None:
    """Print results for people on standard output; each argument is one line."""
    _print(sys.stdout, lines)


def write_json(kind: str, document: Mapping[str, Any]) -> None:
    """Print a result for programs on standard output, as one line of ASCII JSON.

    Args:
        kind: What the line is about, as in config/commands.schema.json.
        document: Its other fields.
    """
    _print(sys.stdout, [_json_line(kind, document)])


def _json_line(kind: str, document: Mapping[str, Any]) -> str:
    return json.dumps({"version": JSON_VERSION, "kind": kind, **document})


def say(*lines: str) -> None:
    """Print a note for people on standard error; each argument is one line."""
    _print(sys.stderr, lines)


def plural(number: int, noun: str) -> str:
    """Return `1 key` or `2,000 keys`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def show_progress(done: int, total: int, *, quiet: bool = False) -> None:
    """Redraw the bar at `done` of `total`; a complete bar ends its line."""
    if quiet or not sys.stderr.isatty():
        return
    full = "█" if _can_print(sys.stderr, "█") else "#"
    bar = full * (done * BAR_WIDTH // max(total, 1))
    _bar.on_screen = done != total
    end = "" if _bar.on_screen else "\n"
    print(f"\r{bar:<{BAR_WIDTH}} {done}/{total}", end=end, file=sys.stderr, flush=True)


def show_rate(number: int, noun: str, seconds: float) -> None:
    """Redraw a count whose total is unknown, and how many there are per second."""
    if sys.stderr.isatty():
        _bar.clear()
        rate = number / max(seconds, 0.001)
        text = f"{plural(number, noun)}, {rate:,.0f} per second"
        print(text, end="", file=sys.stderr, flush=True)
        _bar.on_screen = True


def end_rate() -> None:
    """Clear the count."""
    _bar.clear()


def check_mark(*, ok: bool) -> str:
    """Return a mark for success or failure that standard output can encode."""
    if _can_print(sys.stdout, "✅❌"):
        return "✅" if ok else "❌"
    return "ok" if ok else "FAILED"


def arrow() -> str:
    """Return an arrow that standard error can encode."""
    return "→" if _can_print(sys.stderr, "→") else "->"


@dataclass(slots=True)
class _Bar:
    """Whether the cursor is behind a bar, which is cleared before anything else."""

    on_screen: bool = False

    def clear(self) -> None:
        if self.on_screen:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        self.on_screen = False


_bar = _Bar()


def _can_print(stream: TextIO, text: str) -> bool:
    return _encodable(stream, text) == text


def _encodable(stream: TextIO, text: str) -> str:
    """Escape every character that the stream's encoding lacks."""
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
        if error.errno == errno.EPIPE:
            raise ClosedOutputError from error
        msg = f"standard output: {error.strerror}"
        raise OutputError(msg) from error


def _silence(stream: TextIO) -> None:
    """Discard what a broken stream still buffers, or Python reports it at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
