"""sizes.json, read into `Size`s; every mistake is reported at once.

The same parser runs at `cdk synth` and in the function, so what deploys also runs.
config/sizes.schema.json says the same to editors; a test holds the two together.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ..errors import Mistake, SizesError
from .geometry import GeometryError
from .geometry import parse as parse_geometry
from .key_patterns import KeyPatterns
from .options import (
    OPTIONS,
    add_mistake,
    checked_options,
    checked_value,
    report_unknown_keys,
)
from .size import MANIFEST, Size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .geometry import Geometry

MAX_SIZES = 50

# Safe in S3 keys, in URLs and in a shell:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_FLAG_NAMES = {
    "!": "-exact",
    ">": "-shrink",
    "<": "-enlarge",
    "^": "-cover",
    "%": "pct",
    "@": "px",
}

_DOCUMENT_KEYS = ("$schema", "sizes", "enlarge", "manifest", *OPTIONS)
_SIZE_KEYS = ("geometry", "name", *OPTIONS)


def parse(text: str) -> tuple[Size, ...]:
    """Read the text of sizes.json.

    Raises:
        SizesError: it has mistakes; the error holds all of them.
    """
    mistakes: list[Mistake] = []
    document = _document(text, mistakes)
    sizes = list(_sizes(document, mistakes)) if document is not None else []
    if document and checked_value(document, "", "manifest", mistakes):
        sizes.append(("manifest", MANIFEST))
    _check_names(sizes, mistakes)
    if mistakes:
        raise SizesError(tuple(mistakes))
    return tuple(size for _, size in sizes)


def compact(text: str) -> str:
    """The shortest text that parses to the same sizes: the function's environment."""
    document = json.loads(text)
    document.pop("$schema", None)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def proposed_name(geometry: str) -> str:
    """A prefix that is safe in a key, for a geometry whose flags are not."""
    name = "".join(_FLAG_NAMES.get(character, character) for character in geometry)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "thumbnail"


def _document(text: str, mistakes: list[Mistake]) -> dict[str, Any] | None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            add_mistake(
                mistakes, key, "is written twice in one object.", "write it once"
            )
        return dict(pairs)

    example = '{"sizes": ["150x", "50x50", "x150"]}'
    try:
        document = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        where = (
            f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        )
        add_mistake(mistakes, where or "the file", f"is not JSON: {error}.", example)
        return None
    if not isinstance(document, dict):
        add_mistake(mistakes, "the file", "must hold one JSON object.", example)
        return None
    return document


def _sizes(
    document: dict[str, Any], mistakes: list[Mistake]
) -> Iterator[tuple[str, Size]]:
    report_unknown_keys(document, "", _DOCUMENT_KEYS, mistakes)
    defaults = checked_options(document, "", mistakes)
    enlarge = checked_value(document, "", "enlarge", mistakes)
    entries = document.get("sizes")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_SIZES:
        rule = f"must be a list of 1 to {MAX_SIZES} sizes."
        add_mistake(mistakes, "sizes", rule, '"sizes": ["150x", "50x50", "x150"]')
        return
    for index, entry in enumerate(entries):
        place = f"sizes[{index}]"
        size = _size(entry, place, defaults, mistakes, enlarge=enlarge is not False)
        if size:
            yield place, size


def _size(
    entry: object,
    place: str,
    defaults: dict[str, Any],
    mistakes: list[Mistake],
    *,
    enlarge: bool,
) -> Size | None:
    if isinstance(entry, str):
        entry = {"geometry": entry}
    elif isinstance(entry, dict):
        report_unknown_keys(entry, f"{place}.", _SIZE_KEYS, mistakes)
    else:
        rule = "must be a geometry string or an object with a geometry."
        add_mistake(mistakes, place, rule, '"150x"')
        return None
    own = checked_options(entry, f"{place}.", mistakes)
    chosen = {**defaults, **own}
    geometry = _geometry(entry, place, mistakes, enlarge=enlarge)
    if geometry is None:
        return None
    chosen["key_patterns"] = KeyPatterns(
        include=tuple(chosen.pop("include", ())),
        exclude=(*defaults.get("exclude", ()), *own.get("exclude", ())),
    )
    chosen.pop("exclude", None)
    _check_crop(entry, chosen, geometry, place, mistakes)
    name = _name(entry, geometry, place, mistakes)
    return Size(name, geometry, **chosen) if name else None


def _geometry(
    entry: dict[str, Any], place: str, mistakes: list[Mistake], *, enlarge: bool
) -> Geometry | None:
    text = entry.get("geometry")
    if not isinstance(text, str):
        rule = "must be an ImageMagick geometry, as a string."
        add_mistake(mistakes, f"{place}.geometry", rule, '"geometry": "150x"')
        return None
    try:
        geometry = parse_geometry(text)
    except GeometryError as error:
        rule = f"{text!r} is no geometry: {error}"
        add_mistake(mistakes, f"{place}.geometry", rule, '"150x", "50x50" or "x150"')
        return None
    if enlarge:
        return geometry
    if geometry.only_enlarge:
        rule = f'{text!r} only enlarges, and "enlarge": false forbids just that.'
        add_mistake(mistakes, f"{place}.geometry", rule, f'"{text.replace("<", "")}"')
    return geometry.without_enlarging()


def _name(
    entry: dict[str, Any], geometry: Geometry, place: str, mistakes: list[Mistake]
) -> str | None:
    name = entry.get("name", geometry.text)
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    proposal = proposed_name(name if isinstance(name, str) else geometry.text)
    if "name" in entry:
        rule = (
            f"{name!r} cannot be a prefix: 1 to 64 letters, digits, '.', '_' or '-', "
            "the first a letter or digit."
        )
    else:
        rule = f"the geometry {name!r} is not safe in an S3 key, so it needs a name."
    example = json.dumps({"geometry": geometry.text, "name": proposal})
    add_mistake(mistakes, f"{place}.name", rule, example)
    return None


def _check_names(sizes: list[tuple[str, Size]], mistakes: list[Mistake]) -> None:
    first: dict[str, str] = {}
    for place, size in sizes:
        if size.name in first:
            rule = f"the prefix {size.name!r} is taken by {first[size.name]}."
            example = json.dumps(
                {"geometry": size.geometry.text, "name": f"{size.name}-2"}
            )
            add_mistake(mistakes, f"{place}.name", rule, example)
        first.setdefault(size.name, place)


def _check_crop(
    entry: dict[str, Any],
    chosen: dict[str, Any],
    geometry: Geometry,
    place: str,
    mistakes: list[Mistake],
) -> None:
    covers = geometry.cover and geometry.box
    if entry.get("crop") is True and not covers:
        rule = "a crop needs a geometry WxH^, which covers the box it cuts to."
        example = '{"geometry": "200x200^", "name": "square", "crop": true}'
        add_mistake(mistakes, f"{place}.crop", rule, example)
    elif "gravity" in entry and not chosen.get("crop"):
        rule = "a gravity only means something beside a crop."
        example = '{"geometry": "200x200^", "crop": true, "gravity": "north"}'
        add_mistake(mistakes, f"{place}.gravity", rule, example)
    if not covers:
        chosen["crop"] = False  # a default for the sizes that can be cropped
