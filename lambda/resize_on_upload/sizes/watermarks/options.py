"""The option `watermark` of sizes.json, with the keys in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..options import report_unknown_keys, report_value
from .files import REFERENCE
from .watermark import PLACES, Watermark

if TYPE_CHECKING:
    from ..mistakes import Mistakes
    from ..options import Rule

_MAX_WIDTH = 16_383
_PERCENT = re.compile(r"([1-9][0-9]?|100)%", re.ASCII)


def read_watermark(
    options: dict[str, Any], place: str, mistakes: Mistakes
) -> dict[str, Any]:
    """The options with the watermark as it is drawn; None in place of false.

    Args:
        options: Those of a size or of the whole file.
        place: Where they are, as a path into the document.
        mistakes: Every mistake in the watermark is added to these.
    """
    if "watermark" not in options:
        return options
    given = options["watermark"]
    drawn = None if given is False else _watermark(given, place, mistakes)
    return {**options, "watermark": drawn}


def _watermark(
    given: dict[str, Any], place: str, mistakes: Mistakes
) -> Watermark | None:
    place = f"{place}watermark."
    report_unknown_keys(given, place, tuple(_RULES), mistakes)
    wrong = [
        key for key, rule in _RULES.items() if key in given and not rule[0](given[key])
    ]
    for key in wrong:
        report_value(_RULES, key, given[key], place, mistakes)
    if "file" not in given:
        mistakes.add(f"{place}file", "is missing: the path of a PNG.", _FILE_EXAMPLE)
    if wrong or "file" not in given:
        return None
    return Watermark(
        digest=given["file"].removeprefix(REFERENCE),
        gravity=given.get("gravity", "southeast"),
        opacity=float(given.get("opacity", 1)),
        percent=int(given.get("width", "20%").rstrip("%")),
        min_width=given.get("minWidth", 0),
    )


def _is_opacity(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 < value <= 1


def _is_percent(value: object) -> bool:
    return isinstance(value, str) and bool(_PERCENT.fullmatch(value))


_FILE_EXAMPLE = '"watermark": {"file": "config/logo.png"}'
_RULES: dict[str, Rule] = {
    "file": (
        lambda value: isinstance(value, str) and value != "",
        "it is the path of a PNG.",
        _FILE_EXAMPLE,
    ),
    "gravity": (
        lambda value: value in [*PLACES],
        f"the gravities are {', '.join(PLACES)}.",
        '"gravity": "southeast"',
    ),
    "opacity": (
        _is_opacity,
        "it is a number above 0, up to 1.",
        '"opacity": 0.5',
    ),
    "width": (
        _is_percent,
        "it is a percentage of the variant's width, from 1% to 100%, as a string.",
        '"width": "20%"',
    ),
    "minWidth": (
        lambda value: type(value) is int and 0 <= value <= _MAX_WIDTH,
        f"it is a whole number of pixels, up to {_MAX_WIDTH}.",
        '"minWidth": 300',
    ),
}
