"""Options of sizes.json that sizes and the whole file share, each with its rule."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ..errors import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FORMATS = ("original", "jpeg", "png", "webp", "avif", "gif")
ANIMATIONS = ("keep", "first", "keep-or-first")
GRAVITIES = (
    *("northwest", "north", "northeast"),
    *("west", "center", "east"),
    *("southwest", "south", "southeast"),
)
OPTIONS = (
    *("format", "quality", "gravity", "crop"),
    *("background", "animation", "copyright"),
    *("include", "exclude"),
)

MAX_PATTERNS = 20

_SURROGATE = re.compile("[\ud800-\udfff]")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|white|black", re.ASCII)


def report_unknown_keys(
    entry: dict[str, Any], place: str, known: tuple[str, ...], mistakes: list[Mistake]
) -> None:
    """Note every key that is none, with the one that was probably meant."""
    for key in entry:
        if key not in known:
            guess = get_close_matches(key, known, n=1)
            meant = f"did you mean {guess[0]!r}?" if guess else "leave it away."
            rule = f"is not a key here; {meant}"
            add_mistake(mistakes, f"{place}{key}", rule, ", ".join(known))


def checked_options(
    entry: dict[str, Any], place: str, mistakes: list[Mistake]
) -> dict[str, Any]:
    """The options that are given and right."""
    found = {key: checked_value(entry, place, key, mistakes) for key in OPTIONS}
    given = {key: one for key, one in found.items() if one is not None}
    for key in ("include", "exclude"):
        _check_patterns(given.get(key, ()), f"{place}{key}", mistakes)
    return given


def checked_value(
    entry: dict[str, Any], place: str, key: str, mistakes: list[Mistake]
) -> Any | None:
    """The value at `key` where it keeps its rule; a mistake is noted if not."""
    if key not in entry:
        return None
    is_valid, rule, example = _RULES[key]
    found = entry[key]
    if is_valid(found):
        return found
    add_mistake(
        mistakes, f"{place}{key}", f"{json.dumps(found)} is wrong: {rule}", example
    )
    return None


def _check_patterns(
    patterns: Iterable[str], place: str, mistakes: list[Mistake]
) -> None:
    """Patterns that match no key, and those that are nearly always meant for a path."""
    for pattern in patterns:
        if _SURROGATE.search(pattern):
            rule = (
                f"{json.dumps(pattern)} has half a character (a lone surrogate), which "
                "no key has; write the whole character."
            )
            add_mistake(mistakes, place, rule, '["avatars/*"]')
        elif pattern.startswith("/"):
            right = pattern.lstrip("/") or "*"
            rule = (
                f'{json.dumps(pattern)} begins with "/", which keys do not; '
                f'write {json.dumps(right)}, or "?{right}" for keys that do.'
            )
            add_mistake(mistakes, place, rule, json.dumps([right]))


def _is_quality(value: object) -> bool:
    return type(value) is int and 1 <= value <= 100  # noqa: PLR2004 - percent


def _is_colour(value: object) -> bool:
    return isinstance(value, str) and bool(_COLOUR.fullmatch(value))


def _are_patterns(value: object) -> bool:
    """A few short strings: each is tried on every key."""
    return (
        isinstance(value, list)
        and 1 <= len(value) <= MAX_PATTERNS
        and all(isinstance(one, str) and 1 <= len(one) <= 200 for one in value)  # noqa: PLR2004 - short
    )


_RULES: dict[str, tuple[Callable[[object], bool], str, str]] = {
    "enlarge": (
        lambda value: isinstance(value, bool),
        "it is true or false.",
        '"enlarge": false',
    ),
    "manifest": (
        lambda value: isinstance(value, bool),
        "it is true or false.",
        '"manifest": true',
    ),
    "format": (
        lambda value: value in FORMATS,
        f"the formats are {', '.join(FORMATS)}.",
        '"format": "webp"',
    ),
    "quality": (_is_quality, "it is a whole number from 1 to 100.", '"quality": 82'),
    "gravity": (
        lambda value: value in GRAVITIES,
        f"the gravities are {', '.join(GRAVITIES)}.",
        '"gravity": "north"',
    ),
    "crop": (
        lambda value: isinstance(value, bool),
        "it is true or false.",
        '"crop": true',
    ),
    "animation": (
        lambda value: value in ANIMATIONS,
        f"the choices are {', '.join(ANIMATIONS)}.",
        '"animation": "first"',
    ),
    "copyright": (
        lambda value: isinstance(value, bool),
        "it is true or false.",
        '"copyright": true',
    ),
    "include": (
        _are_patterns,
        f"it is a list of 1 to {MAX_PATTERNS} patterns of keys; * is anything.",
        '"include": ["avatars/*"]',
    ),
    "exclude": (
        _are_patterns,
        f"it is a list of 1 to {MAX_PATTERNS} patterns of keys; * is anything.",
        '"exclude": ["*.pdf"]',
    ),
    "background": (
        _is_colour,
        "it is #rgb, #rrggbb, white or black.",
        '"background": "#ffffff"',
    ),
}


def add_mistake(mistakes: list[Mistake], place: str, rule: str, example: str) -> None:
    """Add a mistake to those found so far."""
    mistakes.append(Mistake(place=place, rule=rule, example=example))
