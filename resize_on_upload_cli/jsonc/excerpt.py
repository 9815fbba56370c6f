"""Show a part of a text: its line and column, and the line with carets under it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resize_on_upload_cli.jsonc.document import Span

MAX_WIDTH = 100
"""Characters of a line that are shown."""

_BEFORE = 60
_LINE_END = re.compile(r"\r\n|\r|\n")


class Source:
    """A text by its lines."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def position(self, span: Span) -> str:
        """`LINE:COLUMN` of the span's start, both from 1."""
        line = self._line(span)
        return f"{line + 1}:{span.start - self._starts[line] + 1}"

    def excerpt(self, span: Span) -> list[str]:
        """The line that the span starts in, and carets under the span."""
        line = self._line(span)
        start = self._starts[line]
        whole = _LINE_END.split(self._text[start:], maxsplit=1)[0]
        first = max(span.start - start - _BEFORE, 0) if len(whole) > MAX_WIDTH else 0
        shown = whole[first : first + MAX_WIDTH]
        before = shown[: span.start - start - first]
        marked = shown[len(before) : max(span.end - start - first, len(before) + 1)]
        dots = "…" if first else ""
        number = str(line + 1)
        more = "…" if first + MAX_WIDTH < len(whole) else ""
        carets = " " * _width(dots + before) + "^" * max(_width(marked), 1)
        return [
            f"  {number} | {dots}{_plain(shown)}{more}".rstrip(),
            f"  {' ' * len(number)} | {carets}",
        ]

    def _line(self, span: Span) -> int:
        return bisect_right(self._starts, span.start) - 1


def _plain(text: str) -> str:
    """The text without characters that a terminal would obey, or show as nothing."""
    return "".join(one if one.isprintable() else _stand_in(one) for one in text)


def _stand_in(character: str) -> str:
    return " " if character == "\t" else "·"


def _width(text: str) -> int:
    """Columns in a terminal: letters of East Asia take two, accents none."""
    return sum(_columns(one) for one in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
