"""The value of an option that one which is not valid was probably meant to be."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_LENGTH = 200
_JPEG = dict.fromkeys(("jpg", "jpe", "jfif", "pjpeg"), "jpeg")
_SIDES = {"top": "north", "bottom": "south", "left": "west", "right": "east"}
_CORNERS = [(y, x) for y in ("top", "bottom") for x in ("left", "right")]
_SMART = ("smart", "attention", "entropy", "face", "faces", "focus")
_OTHER_WORDS: dict[str, dict[str, str]] = {
    "format": {**_JPEG, **dict.fromkeys(("same", "keep", "auto", "input"), "original")},
    "gravity": {
        **_SIDES,
        **{f"{y}{x}": _SIDES[y] + _SIDES[x] for y, x in _CORNERS},
        **{f"{x}{y}": _SIDES[y] + _SIDES[x] for y, x in _CORNERS},
        **dict.fromkeys(("middle", "centre", "centered"), "center"),
        **dict.fromkeys(_SMART, "auto"),
    },
    "make": {
        **dict.fromkeys(("onrequest", "ondemand", "lazy", "view"), "request"),
        **dict.fromkeys(("onupload", "eager", "always"), "upload"),
    },
    "animation": {"true": "keep", "false": "first"},
    "hdr": {"true": "keep", "false": "drop"},
}
_CHOICES = {
    "format": ("original", "jpeg", "png", "webp", "avif", "gif"),
    "gravity": (
        *("northwest", "north", "northeast", "west", "center"),
        *("east", "southwest", "south", "southeast", "auto"),
    ),
    "animation": ("keep", "first", "keep-or-first"),
    "hdr": ("drop", "keep"),
    "make": ("upload", "request"),
}
_NUMBERS = ("quality", "maxBytes", "sharpen", "opacity", "minWidth")
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_UNITS = {"": 1, "b": 1, "bytes": 1, "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6}
_NUMBER = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*(%|[a-z]*)", re.ASCII)


def correction(key: str, value: object, is_valid: Callable[[str, object], bool]) -> str:
    """A key with a valid value, as JSON; empty if none was probably meant.

    Args:
        key: The option's.
        value: The value, which is not valid.
        is_valid: Whether a value is valid for a key.
    """
    for meant_key, meant in _candidates(key, value):
        if is_valid(meant_key, meant):
            return f"{json.dumps(meant_key)}: {json.dumps(meant)}"
    return ""


def _candidates(key: str, value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from _of_list(key, value)
    elif isinstance(value, str) and len(value) > _MAX_LENGTH:
        return
    elif key in ("include", "exclude", "formats"):
        yield from _of_list(key, [value])
    elif key in _NUMBERS:
        yield from ((key, number) for number in _numbers(value))
    else:
        yield from ((key, meant) for meant in _others(key, value))


def _of_list(key: str, values: list[object]) -> Iterator[tuple[str, Any]]:
    """`formats` in another order or without a fallback; one pattern without a list."""
    if key in ("include", "exclude"):
        yield key, values
    elif key in ("format", "formats") and all(isinstance(one, str) for one in values):
        names = [_word("format", str(one)) for one in dict.fromkeys(values)]
        modern = [name for name in names if name in ("avif", "webp")]
        others = [name for name in names if name not in modern]
        if modern and len(others) <= 1:
            yield "formats", [*modern, *(others or ["original"])]
        if len(names) == 1:
            yield "format", names[0]


def _numbers(value: object) -> Iterator[int | float]:
    """The number in a text, or of a switch; a fraction as a percentage."""
    if isinstance(value, bool):
        yield int(value)
    elif isinstance(value, (int, float)) and 0 < value < 1:
        yield round(value * 100)
    elif isinstance(value, (int, float)) and 1 < value <= 100:  # noqa: PLR2004 - percent
        yield value / 100
    elif isinstance(value, str) and (found := _NUMBER.fullmatch(value.lower().strip())):
        number = float(found[1])
        factor = _UNITS.get(found[2], 1)
        yield int(number * factor) if number * factor % 1 == 0 else number * factor
        yield number / 100


def _others(key: str, value: object) -> Iterator[object]:
    text = str(value).lower() if isinstance(value, (bool, int, str)) else ""
    if text in _SWITCHES:
        yield _SWITCHES[text]
    if key == "watermark" and isinstance(value, str):
        yield {"file": value}
    elif key == "width" and isinstance(value, (int, float, str)):
        number = text.strip("% ")
        yield f"{number}%"
    elif key == "background":
        yield from (text.strip(), f"#{text.strip()}", text.strip()[:7])
    elif key in _CHOICES and text:
        yield _word(key, text)


def _word(key: str, text: str) -> str:
    """The choice that is spelt almost like a text, or means the same elsewhere."""
    plain = re.sub(r"^image/|[^a-z]", "", text.lower())
    if plain in _OTHER_WORDS[key]:
        return _OTHER_WORDS[key][plain]
    by_letters = {choice.replace("-", ""): choice for choice in _CHOICES[key]}
    found = get_close_matches(plain, by_letters, n=1, cutoff=0.75)
    return by_letters[found[0]] if found else text
