"""Read JSON with comments and trailing commas, and remember where everything is.

Everything else that `json` refuses is a mistake. After most mistakes, reading continues
as if the text were as it was probably meant, so that all are reported at once.
"""

from __future__ import annotations

from typing import Any

from resize_on_upload_cli.jsonc import text as texts
from resize_on_upload_cli.jsonc.document import Document, Span, SyntaxMistake
from resize_on_upload_cli.jsonc.scanner import QUOTES, Scanner, StopReading

MAX_DEPTH = 50
"""Of lists and objects within each other."""

MAX_PLACE = 500
"""Characters of the keys around a value, which are part of its place."""

_CLOSING = {"[": "]", "{": "}"}


def read(text: str) -> Document:
    """Read a whole text; every mistake is in the result."""
    reader = _Reader(text)
    try:
        value, is_complete = reader.document(), True
    except StopReading:
        value, is_complete = None, False
    mistakes = sorted(reader.scanner.mistakes, key=_start)
    return Document(value, is_complete, reader.keys, reader.values, tuple(mistakes))


def _start(mistake: SyntaxMistake) -> int:
    return mistake.span.start


class _Reader:
    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text)
        self.keys: dict[str, Span] = {}
        self.values: dict[str, Span] = {}

    def document(self) -> Any:
        """The only value of the text."""
        scanner = self.scanner
        scanner.skip()
        if not scanner.next:
            raise scanner.stop(scanner.at, scanner.at, "there is nothing in the file.")
        start = scanner.at
        value = self._value("", 0)
        scanner.skip()
        if scanner.next == ":":
            scanner.mistakes.clear()
            message = "a { is missing before the first key, and a } at the end."
            raise scanner.stop(start, start + 1, message)
        if scanner.next:
            message = "the document has ended before this; remove it, or the end."
            raise scanner.stop(scanner.at, scanner.at + 1, message)
        return value

    def _value(self, place: str, depth: int) -> Any:
        scanner, start = self.scanner, self.scanner.at
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} lists and objects are in each other."
            raise scanner.stop(start, start + 1, message)
        value: Any
        if scanner.next == "{":
            value = self._object(place, depth)
        elif scanner.next == "[":
            value = self._list(place, depth)
        elif scanner.next and scanner.next in f"\"'{QUOTES}":
            value = texts.string(scanner)
        else:
            value = texts.word(scanner)
        self.values[place] = Span(start, scanner.at)
        return value

    def _list(self, place: str, depth: int) -> list[Any]:
        found: list[Any] = []
        opened = self._open()
        while not self._closed(opened):
            found.append(self._value(f"{place}[{len(found)}]", depth + 1))
            self._comma()
        return found

    def _object(self, place: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        opened = self._open()
        while not self._closed(opened):
            start = self.scanner.at
            key = texts.key(self.scanner)
            inner = self._place(place, key, start)
            self._check_first(key, key in found, inner, Span(start, self.scanner.at))
            if self._colon(key, start):
                found[key] = self._value(inner, depth + 1)
            self._comma()
        return found

    def _place(self, around: str, key: str, start: int) -> str:
        """The place of a key's value; not long, as all in it repeat it."""
        place = f"{around}.{key}" if around else key
        if len(place) > MAX_PLACE:
            message = (
                f"this key and those around it have {len(place):,} characters, and at "
                f"most {MAX_PLACE} are read; shorten them."
            )
            raise self.scanner.stop(start, self.scanner.at, message)
        return place

    def _check_first(self, key: str, is_known: bool, place: str, span: Span) -> None:  # noqa: FBT001 - private
        if is_known:
            line = self._line(self.keys[place].start)
            message = (
                f"{texts.quoted(key)} is written twice in one object, first in line "
                f"{line}; remove one."
            )
            self.scanner.report(*span, message)
        self.keys.setdefault(place, span)

    def _open(self) -> int:
        self.scanner.at += 1
        return self.scanner.at - 1

    def _closed(self, opened: int) -> bool:
        """Whether the list or object ends here; commas before that are too many."""
        scanner = self.scanner
        scanner.skip()
        while scanner.accept(","):
            scanner.report(scanner.at - 1, scanner.at, "one comma too many; remove it.")
            scanner.skip()
        opening = scanner.text[opened]
        if scanner.accept(_CLOSING[opening]):
            return True
        if not scanner.next:
            message = f"this {opening} has no closing {_CLOSING[opening]}; add it."
            raise scanner.stop(opened, opened + 1, message)
        if scanner.next in "]}":
            message = (
                f"{_CLOSING[opening]} was expected here, for the {opening} in line "
                f"{self._line(opened)}."
            )
            raise scanner.stop(scanner.at, scanner.at + 1, message)
        return False

    def _comma(self) -> None:
        """Pass the comma behind a value; only the last value needs none."""
        scanner, end = self.scanner, self.scanner.at
        scanner.skip()
        if scanner.accept(",") or scanner.next in ("", "]", "}"):
            return
        is_apart = scanner.at > end or scanner.next in "{["
        if scanner.next == ":" or not is_apart:
            message = "a comma was expected here; is a quote missing before it?"
            raise scanner.stop(scanner.at, scanner.at + 1, message)
        scanner.report(end, end + 1, "a comma is missing here.")

    def _colon(self, key: str, start: int) -> bool:
        """Pass the colon behind a key; False if the key has no value."""
        scanner = self.scanner
        end = scanner.at
        scanner.skip()
        if scanner.next in ("=", ":"):
            if scanner.accept("="):
                message = "a key and its value are separated by a colon."
                scanner.report(scanner.at - 1, scanner.at, message)
            scanner.accept(":")
            scanner.skip()
        elif scanner.next not in (*",]}", ""):
            scanner.report(end, end + 1, "a colon is missing here.")
        if scanner.next in ",]}":
            message = f"{texts.quoted(key)} has no value."
            scanner.report(start, end, message)
            return False
        return True

    def _line(self, index: int) -> int:
        return self.scanner.text.count("\n", 0, index) + 1
