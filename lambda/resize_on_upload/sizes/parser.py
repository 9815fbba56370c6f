"""sizes.json, read into `Size`s; every mistake is reported at once.

The same parser runs at `cdk synth` and in the function, so what deploys also runs.
config/sizes.schema.json has the same rules for editors; a test compares the two.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .entry import check_formats, read_entry
from .mistakes import Mistakes
from .options import (
    FACTS,
    OPTIONS,
    checked_options,
    checked_value,
    report_unknown_keys,
)
from .size import MANIFEST, MAX_SIZES
from .watermarks import files
from .watermarks.options import read_watermark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .size import Size

_EXAMPLE = '{"sizes": ["150x", "50x50", "x150"]}'
_DOCUMENT_KEYS = ("$schema", "sizes", "enlarge", "manifest", *FACTS, *OPTIONS)


def parse(
    text: str, read_file: Callable[[str], bytes] | None = None
) -> tuple[Size, ...]:
    """Read the text of sizes.json, or of what `compact` made of it.

    Args:
        text: The text: plain JSON.
        read_file: As for `parse_document`.

    Raises:
        SizesError: it has mistakes; the error holds all of them.
    """
    mistakes = Mistakes()
    document = _loaded(text, mistakes)
    mistakes.raise_any()
    return parse_document(document, read_file)


def parse_document(
    content: object, read_file: Callable[[str], bytes] | None = None
) -> tuple[Size, ...]:
    """Read the content of sizes.json.

    Args:
        content: What is in the file. The digests of watermarks' files replace their
            paths in it.
        read_file: Returns a watermark's file, or raises OSError; without it, watermarks
            have no files, and no variants can be made.

    Raises:
        SizesError: it has mistakes; the error holds all of them.
    """
    mistakes = Mistakes()
    document, found = _object(content, mistakes), dict[str, bytes]()
    if document is not None and read_file:
        found = files.resolve(document, read_file, mistakes)
    sizes = list(_sizes(document, mistakes)) if document is not None else []
    if document and (manifest := _manifest(document, mistakes)):
        sizes.append(("manifest", manifest))
    _check_names(sizes, mistakes)
    _check_number([size for _, size in sizes if not size.suffix], mistakes)
    mistakes.raise_any()
    return tuple(_with_file(size, found) for _, size in sizes)


def _manifest(document: dict[str, Any], mistakes: Mistakes) -> Size | None:
    """The manifest, with the facts of a photo that it may say."""
    wanted = checked_value(document, "", "manifest", mistakes)
    facts = {key: checked_value(document, "", key, mistakes) for key in FACTS}
    for key, value in facts.items():
        if value and wanted is not True:
            example = f'"manifest": true, "{key}": true'
            mistakes.add(key, 'requires "manifest": true.', example)
    if not wanted:
        return None
    taken_at, location = (bool(facts[key]) for key in FACTS)
    return replace(MANIFEST, taken_at=taken_at, location=location)


def _with_file(size: Size, found: dict[str, bytes]) -> Size:
    if not size.watermark:
        return size
    data = found.get(size.watermark.digest, b"")
    return replace(size, watermark=replace(size.watermark, data=data))


def compact(document: dict[str, Any]) -> str:
    """The shortest text that parses to the same sizes, for the function's environment.

    Args:
        document: The content of a valid file.
    """
    kept = {key: value for key, value in document.items() if key != "$schema"}
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)


def _loaded(text: str, mistakes: Mistakes) -> object:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            mistakes.add(key, "is written twice in one object.", "write it once")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        where = "the file"
        if isinstance(error, json.JSONDecodeError):
            where = f"line {error.lineno}"
        mistakes.add(where, f"is not JSON: {error}.", _EXAMPLE)
        return None


def _object(content: object, mistakes: Mistakes) -> dict[str, Any] | None:
    if not isinstance(content, dict):
        mistakes.add("the file", "must hold one JSON object.", _EXAMPLE)
        return None
    return content


def _sizes(document: dict[str, Any], mistakes: Mistakes) -> Iterator[tuple[str, Size]]:
    report_unknown_keys(document, "", _DOCUMENT_KEYS, mistakes)
    options = checked_options(document, "", mistakes)
    defaults = read_watermark(options, "", mistakes)
    enlarge = checked_value(document, "", "enlarge", mistakes)
    entries = document.get("sizes")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_SIZES:
        rule = f"must be a list of 1 to {MAX_SIZES} sizes."
        mistakes.add("sizes", rule, '"sizes": ["150x", "50x50", "x150"]')
        return
    read = []
    for index, entry in enumerate(entries):
        place = f"sizes[{index}]"
        read.append(
            read_entry(entry, place, defaults, mistakes, enlarge=enlarge is not False)
        )
        yield from ((place, size) for size in read[-1])
    if all(read):
        check_formats(
            defaults, [size for sizes in read for size in sizes], "", mistakes
        )


def _check_names(sizes: list[tuple[str, Size]], mistakes: Mistakes) -> None:
    """Report the first prefix of each entry that another entry has, too."""
    first: dict[str, tuple[str, Size]] = {}
    reported = set()
    for place, size in sizes:
        taken_by = first.setdefault(size.name, (place, size))
        if taken_by != (place, size) and place not in reported:
            reported.add(place)
            rule = f"the prefix {size.name!r} {_taken(size, *taken_by)}."
            name = f"{size.fallback_size.name}-2"
            example = json.dumps({"geometry": size.geometry.text, "name": name})
            mistakes.add(f"{place}.name", rule, example)


def _taken(size: Size, place: str, other: Size) -> str:
    """Say who has the prefix, and which `formats` it is from."""
    part = 'of its "formats" ' if size.fallback else ""
    owner = f'the "formats" of {place}' if other.fallback else place
    return f"{part}is taken by {owner}"


def _check_number(sizes: list[Size], mistakes: Mistakes) -> None:
    """Report too many sizes; more entries than that are reported as such."""
    if len(sizes) > MAX_SIZES:
        siblings = sum(bool(size.fallback) for size in sizes)
        rule = (
            f'are {len(sizes)}, {siblings} of them added by "formats"; at most '
            f"{MAX_SIZES} are possible. List fewer sizes, or fewer formats."
        )
        mistakes.add("sizes", rule, '"formats": ["webp", "original"]')
