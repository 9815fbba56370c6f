"""One entry of sizes.json, read into a `Size`, with a sibling for each format."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from .geometry import GeometryError
from .geometry import parse as parse_geometry
from .key_patterns import KeyPatterns
from .options import OPTIONS, checked_options, report_unknown_keys
from .size import DROP, REJECTION, Size
from .watermarks.options import read_watermark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .geometry import Geometry
    from .mistakes import Mistakes

# Safe in S3 keys, in URLs and in a shell:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MAX_NAME = 64
ONLY_IN = {"progressive": "jpeg", "lossless": "webp", "hdr": "jpeg"}
"""Options for one format alone, unless they are off."""
_OFF = (None, False, DROP)

_FLAG_NAMES = {
    "!": "-exact",
    ">": "-shrink",
    "<": "-enlarge",
    "^": "-cover",
    "%": "pct",
    "@": "px",
}

KEYS = ("geometry", "name", *OPTIONS)


def read_entry(
    entry: object,
    place: str,
    defaults: dict[str, Any],
    mistakes: Mistakes,
    *,
    enlarge: bool,
) -> list[Size]:
    """The size at `place` and its siblings; none if it has a mistake.

    Args:
        entry: A geometry, or an object with one.
        place: Where the entry is, as a path into the document.
        defaults: The whole file's options.
        mistakes: Every mistake of the entry is added to these.
        enlarge: Whether variants may be larger than their original.
    """
    if isinstance(entry, str):
        entry = {"geometry": entry}
    elif isinstance(entry, dict):
        if "geometry" not in entry:
            from .meant import entries  # noqa: PLC0415 - for mistakes only

            entry = entries.with_geometry(entry, place, mistakes)
        report_unknown_keys(entry, f"{place}.", KEYS, mistakes)
    else:
        from .meant import entries  # noqa: PLC0415 - likewise

        entries.report(entry, place, mistakes)
        return []
    own = checked_options(entry, f"{place}.", mistakes)
    chosen = _chosen(defaults, read_watermark(own, f"{place}.", mistakes))
    modern = chosen.pop("modern")
    geometry = _geometry(entry, place, mistakes, enlarge=enlarge)
    if geometry is None:
        return []
    _check_crop(entry, chosen, geometry, place, mistakes)
    name = _name(entry, geometry, modern, place, mistakes)
    if not name:
        return []
    size = Size(name, geometry, **chosen)
    made = [size, *(size.sibling(fmt) for fmt in modern)]
    check_formats(entry, made, f"{place}.", mistakes)
    return made


def check_formats(
    options: dict[str, Any], sizes: Sequence[Size], place: str, mistakes: Mistakes
) -> None:
    """Report options of a format that none of the sizes can have."""
    for option, fmt in ONLY_IN.items():
        value = options.get(option)
        if value not in _OFF and not any(size.may_be(fmt) for size in sizes):
            rule = f"is only for {fmt}, which no variant here can be; remove it."
            example = f'"format": "{fmt}", "{option}": {json.dumps(value)}'
            mistakes.add(f"{place}{option}", rule, example)


def _chosen(defaults: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A size's options, in place of the file's; `modern` are its siblings' formats."""
    chosen = {**defaults, **own}
    if "formats" not in own and "format" in own:
        chosen.pop("formats", None)
    formats = chosen.pop("formats", [chosen.get("format", "original")])
    *chosen["modern"], chosen["format"] = formats
    chosen["max_bytes"] = chosen.pop("maxBytes", None)
    chosen["key_patterns"] = KeyPatterns(
        include=tuple(chosen.pop("include", ())),
        exclude=(*defaults.get("exclude", ()), *own.get("exclude", ())),
    )
    chosen.pop("exclude", None)
    return chosen


def proposed_name(geometry: str) -> str:
    """A name for a geometry, with its flags replaced by what is safe in a key."""
    name = "".join(_FLAG_NAMES.get(character, character) for character in geometry)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "thumbnail"


def _geometry(
    entry: dict[str, Any], place: str, mistakes: Mistakes, *, enlarge: bool
) -> Geometry | None:
    text = entry.get("geometry")
    if not isinstance(text, str):
        from .meant import entries  # noqa: PLC0415 - for mistakes only

        entries.report_geometry(text, None, place, mistakes)
        return None
    try:
        geometry = parse_geometry(text)
    except GeometryError as error:
        from .meant import entries  # noqa: PLC0415 - for mistakes only

        entries.report_geometry(text, error, place, mistakes)
        return None
    if enlarge:
        return geometry
    if geometry.only_enlarge:
        rule = f'{text!r} only enlarges, which "enlarge": false forbids.'
        mistakes.add(f"{place}.geometry", rule, f'"{text.replace("<", "")}"')
    return geometry.without_enlarging()


def _name(
    entry: dict[str, Any],
    geometry: Geometry,
    modern: list[str],
    place: str,
    mistakes: Mistakes,
) -> str | None:
    name = entry.get("name", geometry.text)
    if name == REJECTION.name:
        rule = f"{name!r} is reserved for the reasons why uploads were rejected."
        mistakes.add(f"{place}.name", rule, '"refused"')
        return None
    longest = max((len(f".{fmt}") for fmt in modern), default=0)
    if isinstance(name, str) and _NAME.fullmatch(name):
        if len(name) + longest <= _MAX_NAME:
            return name
        room = _MAX_NAME - longest
        rule = (
            f"{name!r} leaves no room for the endings of its formats: at most {room} "
            "characters."
        )
        mistakes.add(f"{place}.name", rule, json.dumps(name[:room]))
        return None
    proposal = proposed_name(name if isinstance(name, str) else geometry.text)
    if "name" in entry:
        rule = (
            f"{name!r} cannot be a prefix: 1 to 64 letters, digits, '.', '_' or '-', "
            "starting with a letter or digit."
        )
    else:
        rule = f"the geometry {name!r} is not safe in an S3 key, so it needs a name."
    example = json.dumps({"geometry": geometry.text, "name": proposal})
    mistakes.add(f"{place}.name", rule, example)
    return None


def _check_crop(
    entry: dict[str, Any],
    chosen: dict[str, Any],
    geometry: Geometry,
    place: str,
    mistakes: Mistakes,
) -> None:
    covers = geometry.cover and geometry.box
    if entry.get("crop") is True and not covers:
        rule = "needs a geometry WxH^, which covers the box that is cut out."
        example = '{"geometry": "200x200^", "name": "square", "crop": true}'
        mistakes.add(f"{place}.crop", rule, example)
    elif "gravity" in entry and not chosen.get("crop"):
        rule = 'requires "crop": true.'
        example = '{"geometry": "9x9^", "name": "a", "crop": true, "gravity": "north"}'
        mistakes.add(f"{place}.gravity", rule, example)
    if not covers:
        chosen["crop"] = False  # the file's default is for sizes that can be cropped
