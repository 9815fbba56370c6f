"""Move through a text of JSON with comments: spaces, comments and words."""

from __future__ import annotations

import re
import unicodedata

from resize_on_upload_cli.jsonc.document import Span, SyntaxMistake

MAX_MISTAKES = 50
"""After these, the rest of a text is not read: it is probably something else."""

QUOTES = "“”„‟«»‘’‚‛`´"  # noqa: RUF001 - what word processors write
_SPACES = re.compile(r"[ \t\r\n]+")
_LINE = re.compile(r"[^\r\n]*")
_WORD = re.compile(rf"(?:(?!//|/\*| #)[^,:\[\]{{}}\"'\r\n{QUOTES}])+")


class StopReading(Exception):  # noqa: N818 - the mistake is already recorded
    """What follows cannot be understood."""


class Scanner:
    """A position in a text, and the mistakes before it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.mistakes: list[SyntaxMistake] = []

    @property
    def next(self) -> str:
        """The character at the position; empty at the end."""
        return self.text[self.at : self.at + 1]

    def report(self, start: int, end: int, message: str) -> None:
        """Record a mistake that reading can continue after."""
        self.mistakes.append(SyntaxMistake(Span(start, end), message))
        if len(self.mistakes) >= MAX_MISTAKES:
            raise StopReading

    def stop(self, start: int, end: int, message: str) -> StopReading:
        """Record a mistake that reading cannot continue after."""
        self.mistakes.append(SyntaxMistake(Span(start, end), message))
        return StopReading()

    def match(self, pattern: re.Pattern[str]) -> str:
        """Pass what the pattern matches here, and return it."""
        found = pattern.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[0]

    def accept(self, character: str) -> bool:
        """Pass the character if it is the next one."""
        if self.next != character:
            return False
        self.at += 1
        return True

    def word(self) -> tuple[Span, str]:
        """Pass text without quotes, up to what cannot belong to it."""
        start = self.at
        text = self.match(_WORD).rstrip()
        self.at = start + len(text)
        return Span(start, self.at), text

    def skip(self) -> None:
        """Pass spaces and comments."""
        while self.at < len(self.text):
            self.match(_SPACES)
            if self.text.startswith("//", self.at):
                self.match(_LINE)
            elif self.text.startswith("/*", self.at):
                self._skip_block()
            elif self.next == "#":
                message = "comments begin with //, and text needs quotes."
                self._replaced(len(self.match(_LINE)), message)
            elif self.next and _is_invisible(self.next):
                self._skip_invisible()
            else:
                return

    def _skip_block(self) -> None:
        end = self.text.find("*/", self.at + 2)
        if end < 0:
            raise self.stop(self.at, self.at + 2, "this comment has no end; add */")
        self.at = end + 2

    def _skip_invisible(self) -> None:
        start, code = self.at, ord(self.next)
        while self.next and _is_invisible(self.next):
            self.at += 1
        message = f"the character U+{code:04X} is invisible; replace it with a space."
        self.report(start, self.at, message)

    def _replaced(self, length: int, message: str) -> None:
        self.report(self.at - length, self.at, message)


def _is_invisible(character: str) -> bool:
    """Whether it looks like a space or like nothing, and is not a space in JSON."""
    if character in " \t\r\n":
        return False
    return character.isspace() or unicodedata.category(character) in ("Cf", "Zs")
