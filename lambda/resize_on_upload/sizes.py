"""sizes.json, read into `Size`s; every mistake is reported at once.

The same parser runs at `cdk synth` and in the function, so what deploys also runs.
config/sizes.schema.json says the same to editors; a test holds the two together.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from .errors import Mistake, SizesError
from .geometry import Geometry, GeometryError
from .geometry import parse as parse_geometry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMATS = ("original", "jpeg", "png", "webp", "avif", "gif")
ANIMATIONS = ("keep", "first", "keep-or-first")
GRAVITIES = (
    *("northwest", "north", "northeast"),
    *("west", "center", "east"),
    *("southwest", "south", "southeast"),
)
MOST_SIZES = 50

# Safe in S3 keys, in URLs and in a shell:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|white|black", re.ASCII)
_FLAG_NAMES = {
    "!": "-exact",
    ">": "-shrink",
    "<": "-enlarge",
    "^": "-cover",
    "%": "pct",
    "@": "px",
}

_OPTIONS = (
    *("format", "quality", "gravity", "crop"),
    *("background", "animation", "copyright"),
)
_DOCUMENT_KEYS = ("$schema", "sizes", "enlarge", *_OPTIONS)
_SIZE_KEYS = ("geometry", "name", *_OPTIONS)


@dataclass(frozen=True, slots=True)
class Size:
    """One size to write.

    Attributes:
        name: The prefix in the resized bucket; no '/', safe in a key.
        geometry: What to resize to.
        format: One of `FORMATS`; "original" keeps the upload's own where it can.
        quality: 1-100, or None for the format's default.
        crop: Cut to the geometry's box after a cover resize.
        gravity: Which part of the picture a crop keeps.
        background: Colour behind transparency in formats without it.
        animation: "keep", or "first" frame; "keep-or-first" takes the first of an
            animation that is too long, where "keep" rejects it.
        copyright: Keep the photo's artist and copyright, and nothing else of it.
    """

    name: str
    geometry: Geometry
    format: str = "original"
    quality: int | None = None
    crop: bool = False
    gravity: str = "center"
    background: str = "white"
    animation: str = "keep"
    copyright: bool = False


def parse(text: str) -> tuple[Size, ...]:
    """Read the text of sizes.json.

    Raises:
        SizesError: it has mistakes; the error holds all of them.
    """
    mistakes: list[Mistake] = []
    document = _document(text, mistakes)
    sizes = list(_sizes(document, mistakes)) if document is not None else []
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
            _note(mistakes, key, "is written twice in one object.", "write it once")
        return dict(pairs)

    example = '{"sizes": ["150x", "50x50", "x150"]}'
    try:
        document = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        where = (
            f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        )
        _note(mistakes, where or "the file", f"is not JSON: {error}.", example)
        return None
    if not isinstance(document, dict):
        _note(mistakes, "the file", "must hold one JSON object.", example)
        return None
    return document


def _sizes(
    document: dict[str, Any], mistakes: list[Mistake]
) -> Iterator[tuple[str, Size]]:
    _check_keys(document, "", _DOCUMENT_KEYS, mistakes)
    defaults = _options(document, "", mistakes)
    enlarge = _value(document, "", "enlarge", mistakes)
    entries = document.get("sizes")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_SIZES:
        rule = f"must be a list of 1 to {MOST_SIZES} sizes."
        _note(mistakes, "sizes", rule, '"sizes": ["150x", "50x50", "x150"]')
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
        _check_keys(entry, f"{place}.", _SIZE_KEYS, mistakes)
    else:
        rule = "must be a geometry string or an object with a geometry."
        _note(mistakes, place, rule, '"150x"')
        return None
    options = {**defaults, **_options(entry, f"{place}.", mistakes)}
    geometry = _geometry(entry, place, mistakes, enlarge=enlarge)
    if geometry is None:
        return None
    _check_crop(entry, options, geometry, place, mistakes)
    name = _name(entry, geometry, place, mistakes)
    return Size(name, geometry, **options) if name else None


def _geometry(
    entry: dict[str, Any], place: str, mistakes: list[Mistake], *, enlarge: bool
) -> Geometry | None:
    text = entry.get("geometry")
    if not isinstance(text, str):
        rule = "must be an ImageMagick geometry, as a string."
        _note(mistakes, f"{place}.geometry", rule, '"geometry": "150x"')
        return None
    try:
        geometry = parse_geometry(text)
    except GeometryError as error:
        rule = f"{text!r} is no geometry: {error}"
        _note(mistakes, f"{place}.geometry", rule, '"150x", "50x50" or "x150"')
        return None
    if enlarge:
        return geometry
    if geometry.only_enlarge:
        rule = f'{text!r} only enlarges, and "enlarge": false forbids just that.'
        _note(mistakes, f"{place}.geometry", rule, f'"{text.replace("<", "")}"')
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
    _note(mistakes, f"{place}.name", rule, example)
    return None


def _check_names(sizes: list[tuple[str, Size]], mistakes: list[Mistake]) -> None:
    first: dict[str, str] = {}
    for place, size in sizes:
        if size.name in first:
            rule = f"the prefix {size.name!r} is taken by {first[size.name]}."
            example = json.dumps(
                {"geometry": size.geometry.text, "name": f"{size.name}-2"}
            )
            _note(mistakes, f"{place}.name", rule, example)
        first.setdefault(size.name, place)


def _check_crop(
    entry: dict[str, Any],
    options: dict[str, Any],
    geometry: Geometry,
    place: str,
    mistakes: list[Mistake],
) -> None:
    covers = geometry.cover and geometry.box
    if entry.get("crop") is True and not covers:
        rule = "a crop needs a geometry WxH^, which covers the box it cuts to."
        example = '{"geometry": "200x200^", "name": "square", "crop": true}'
        _note(mistakes, f"{place}.crop", rule, example)
    elif "gravity" in entry and not options.get("crop"):
        rule = "a gravity only means something beside a crop."
        example = '{"geometry": "200x200^", "crop": true, "gravity": "north"}'
        _note(mistakes, f"{place}.gravity", rule, example)
    if not covers:
        options["crop"] = False  # a default for the sizes that can be cropped


def _check_keys(
    entry: dict[str, Any], place: str, known: tuple[str, ...], mistakes: list[Mistake]
) -> None:
    for key in entry:
        if key not in known:
            guess = get_close_matches(key, known, n=1)
            meant = f"did you mean {guess[0]!r}?" if guess else "leave it away."
            rule = f"is not a key here; {meant}"
            _note(mistakes, f"{place}{key}", rule, ", ".join(known))


def _options(
    entry: dict[str, Any], place: str, mistakes: list[Mistake]
) -> dict[str, Any]:
    values = {key: _value(entry, place, key, mistakes) for key in _OPTIONS}
    return {key: value for key, value in values.items() if value is not None}


def _value(
    entry: dict[str, Any], place: str, key: str, mistakes: list[Mistake]
) -> Any | None:
    """The value at `key` where it keeps its rule; a mistake is noted if not."""
    if key not in entry:
        return None
    right, rule, example = _RULES[key]
    value = entry[key]
    if right(value):
        return value
    _note(mistakes, f"{place}{key}", f"{json.dumps(value)} is wrong: {rule}", example)
    return None


def _is_quality(value: object) -> bool:
    return type(value) is int and 1 <= value <= 100  # noqa: PLR2004 - percent


def _is_colour(value: object) -> bool:
    return isinstance(value, str) and bool(_COLOUR.fullmatch(value))


_RULES: dict[str, tuple[Callable[[object], bool], str, str]] = {
    "enlarge": (
        lambda value: isinstance(value, bool),
        "it is true or false.",
        '"enlarge": false',
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
    "background": (
        _is_colour,
        "it is #rgb, #rrggbb, white or black.",
        '"background": "#ffffff"',
    ),
}


def _note(mistakes: list[Mistake], place: str, rule: str, example: str) -> None:
    mistakes.append(Mistake(place=place, rule=rule, example=example))
