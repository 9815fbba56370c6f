"""Options of sizes.json, for one size or the whole file, each with its rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .key_patterns import check_patterns
from .size import AUTO, HDR, MAKE

if TYPE_CHECKING:
    from .mistakes import Mistakes

FORMATS = ("original", "jpeg", "png", "webp", "avif", "gif")
MODERN_FORMATS = ("avif", "webp")
FALLBACK_FORMATS = ("original", "jpeg", "png", "gif")
ANIMATIONS = ("keep", "first", "keep-or-first")
GRAVITIES = (
    *("northwest", "north", "northeast"),
    *("west", "center", "east"),
    *("southwest", "south", "southeast"),
    AUTO,
)
OPTIONS = (
    *("format", "formats", "quality", "maxBytes", "sharpen", "gravity", "crop"),
    *("progressive", "lossless", "background", "animation", "copyright", "hdr"),
    *("include", "exclude", "make", "watermark"),
)

FACTS = ("takenAt", "location")
"""What the manifest says of a photo only on request."""

MAX_PATTERNS = 20
MAX_SHARPEN = 2
MIN_BYTES, MAX_BYTES = 1_000, 100_000_000

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|white|black", re.ASCII)


def report_unknown_keys(
    entry: dict[str, Any], place: str, known: tuple[str, ...], mistakes: Mistakes
) -> None:
    """Report unknown keys, suggesting the closest valid one."""
    keys = ", ".join(one for one in known if not one.startswith("$"))
    unknown = [key for key in entry if key not in known]
    for key in unknown[:20]:  # more are another file
        from .meant.keys import advice  # noqa: PLC0415 - for mistakes only

        rule = f"is not a key here; {advice(key, known)} The keys here are {keys}."
        mistakes.add(f"{place}{key}", rule, "", is_key=True)


def checked_options(
    entry: dict[str, Any], place: str, mistakes: Mistakes
) -> dict[str, Any]:
    """The options that are given and valid; other ones are reported."""
    found = {key: checked_value(entry, place, key, mistakes) for key in OPTIONS}
    given = {key: one for key, one in found.items() if one is not None}
    if "format" in entry and "formats" in entry:
        rule = 'cannot be combined with "format"; its last format replaces it.'
        mistakes.add(f"{place}formats", rule, _FORMATS_EXAMPLE)
    for key in ("include", "exclude"):
        check_patterns(given.get(key, ()), f"{place}{key}", mistakes)
    return given


def checked_value(
    entry: dict[str, Any], place: str, key: str, mistakes: Mistakes
) -> Any | None:
    """Return the value at `key` if it is valid, else report a mistake."""
    if key not in entry:
        return None
    found = entry[key]
    if _RULES[key][0](found):
        return found
    report_value(_RULES, key, found, place, mistakes)
    return None


def report_value(
    rules: dict[str, Rule], key: str, found: object, place: str, mistakes: Mistakes
) -> None:
    """Report a value that is not valid, with what was probably meant."""
    from .meant.values import correction  # noqa: PLC0415 - for mistakes only

    _, rule, example = rules[key]
    if meant := correction(key, found, lambda key, value: rules[key][0](value)):
        rule, example = f"{rule} Did you mean {meant}?", ""
    mistakes.add(f"{place}{key}", f"{json.dumps(found)} is not valid: {rule}", example)


def is_quality(value: object) -> bool:
    """Whether it is a whole number from 1 to 100."""
    return type(value) is int and 1 <= value <= 100  # noqa: PLR2004 - percent


def _is_sharpening(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value <= MAX_SHARPEN


def _is_max_bytes(value: object) -> bool:
    return type(value) is int and MIN_BYTES <= value <= MAX_BYTES


def _are_formats(value: object) -> bool:
    """Modern formats, each once, and one fallback at the end."""
    if not isinstance(value, list) or len(value) < 2:  # noqa: PLR2004 - one of each
        return False
    *modern, fallback = value
    known = all(one in MODERN_FORMATS for one in modern)
    return (
        known
        and all(modern.count(one) == 1 for one in modern)
        and (fallback in FALLBACK_FORMATS)
    )


def _is_colour(value: object) -> bool:
    return isinstance(value, str) and bool(_COLOUR.fullmatch(value))


def _are_patterns(value: object) -> bool:
    """A few short strings: every key is matched against each."""
    return (
        isinstance(value, list)
        and 1 <= len(value) <= MAX_PATTERNS
        and all(isinstance(one, str) and 1 <= len(one) <= 200 for one in value)  # noqa: PLR2004 - short
    )


_FORMATS_RULE = (
    "it lists avif, webp or both, the preferred one first, and at the end one of "
    f"{', '.join(FALLBACK_FORMATS)}, for all other viewers."
)
_MAX_BYTES_RULE = (
    f"it is a whole number of bytes from {MIN_BYTES} to {MAX_BYTES}; 20 kB are 20000."
)
_FORMATS_EXAMPLE = '"formats": ["avif", "webp", "original"]'

Rule = tuple[Callable[[object], bool], str, str]


def _switch(example: str) -> Rule:
    return (lambda value: isinstance(value, bool), "it is true or false.", example)


def _choice(what: str, choices: tuple[str, ...], example: str) -> Rule:
    return (lambda value: value in choices, f"{what} {', '.join(choices)}.", example)


def _auto_switch(example: str) -> Rule:
    def is_valid(value: object) -> bool:
        return isinstance(value, bool) or value == AUTO

    return (is_valid, f'it is true, false or "{AUTO}".', example)


def _patterns(example: str) -> Rule:
    rule = f"it is a list of 1 to {MAX_PATTERNS} key patterns; * matches anything."
    return (_are_patterns, rule, example)


_RULES: dict[str, Rule] = {
    "enlarge": _switch('"enlarge": false'),
    **{
        key: _switch(f'"{key}": true')
        for key in ("manifest", "crop", "copyright", *FACTS)
    },
    "format": _choice("the formats are", FORMATS, '"format": "webp"'),
    "formats": (_are_formats, _FORMATS_RULE, _FORMATS_EXAMPLE),
    "quality": (is_quality, "it is a whole number from 1 to 100.", '"quality": 82'),
    "maxBytes": (_is_max_bytes, _MAX_BYTES_RULE, '"maxBytes": 20000'),
    "progressive": _auto_switch('"progressive": "auto"'),
    "lossless": _auto_switch('"lossless": "auto"'),
    "sharpen": (
        _is_sharpening,
        f"it is a number from 0 (off) to {MAX_SHARPEN}; 1 is recommended.",
        '"sharpen": 1',
    ),
    "gravity": _choice("the gravities are", GRAVITIES, '"gravity": "north"'),
    "animation": _choice("the choices are", ANIMATIONS, '"animation": "first"'),
    "hdr": _choice("the choices are", HDR, '"hdr": "keep"'),
    "make": _choice("the choices are", MAKE, '"make": "request"'),
    "include": _patterns('"include": ["avatars/*"]'),
    "exclude": _patterns('"exclude": ["*.pdf"]'),
    "watermark": (
        lambda value: value is False or isinstance(value, dict),
        'it is an object with a "file", or false.',
        '"watermark": {"file": "config/logo.png"}',
    ),
    "background": (
        _is_colour,
        "it is #rgb, #rrggbb, white or black.",
        '"background": "#ffffff"',
    ),
}
