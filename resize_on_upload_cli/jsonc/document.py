"""What a text of JSON with comments says, and where it says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAST_PART = re.compile(r"(?:\.[^.\[\]]*|\[\d+\])\Z|\A[^.\[\]]+\Z")


class Span(NamedTuple):
    """A part of the text, from one index to before another."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SyntaxMistake:
    """What is not JSON.

    Attributes:
        span: Where.
        message: What is wrong, and what to write.
    """

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read.

    Attributes:
        value: What `json` would have returned, with mistakes corrected as they were
            probably meant; None if `is_complete` is false.
        is_complete: Whether the text was read to its end.
        keys: Where each key is written, by its place: `sizes[2].quality`.
        values: Where each value is written; the whole document's place is empty.
        mistakes: In the order of the text.
    """

    value: Any
    is_complete: bool
    keys: Mapping[str, Span]
    values: Mapping[str, Span]
    mistakes: tuple[SyntaxMistake, ...]

    def find(self, place: str, *, key: bool = False) -> Span | None:
        """Where a place is, or the nearest place around it that is written.

        Args:
            place: As in `values`.
            key: Whether its key is meant, not its value.
        """
        if key and place in self.keys:
            return self.keys[place]
        while place and place not in self.values:
            shorter = _LAST_PART.sub("", place)
            place = "" if shorter == place else shorter
        return self.values.get(place)
