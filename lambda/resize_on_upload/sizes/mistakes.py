"""Mistakes in sizes.json: all of them are collected, then raised as one error."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SettingsError


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake.

    Attributes:
        place: Where, as a path into the document: `sizes[2].quality`.
        rule: The rule it breaks, in words.
        example: Something valid at this place; may be empty.
        is_key: Whether the key at this place is wrong, not its value.
    """

    place: str
    rule: str
    example: str
    is_key: bool = False

    def __str__(self) -> str:
        example = f" Example: {self.example}" if self.example else ""
        return f"{self.place}: {self.rule}{example}"


class SizesError(SettingsError):
    """sizes.json has mistakes; all of them are in `mistakes`."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(f"  - {mistake}" for mistake in mistakes))


class Mistakes:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self._found: list[Mistake] = []

    def add(self, place: str, rule: str, example: str, *, is_key: bool = False) -> None:
        """Add one mistake."""
        self._found.append(Mistake(place, rule, example, is_key))

    def raise_any(self) -> None:
        """Raise a SizesError if there are any."""
        if self._found:
            raise SizesError(tuple(self._found))
