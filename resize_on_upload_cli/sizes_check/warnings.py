"""What a sizes.json without mistakes has that was probably not meant."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WITHOUT_QUALITY = {"png", "gif"}
_URL = re.compile(r"s3://[^/]+/|https?://[^/]+/|\./")
_BRACES = re.compile(r"\{[^{}]*,[^{}]*\}")


def find(document: Mapping[str, Any]) -> list[Mistake]:
    """Return what is valid but has no effect, or another one than it seems."""
    found = [*_of_patterns(document, "")]
    formats = []
    for index, entry in enumerate(document["sizes"]):
        options = entry if isinstance(entry, dict) else {}
        place = f"sizes[{index}]."
        formats.append(_formats(document, options))
        found += [
            *_of_patterns(options, place),
            *_of_quality(options, formats[-1:], place),
        ]
    return [*found, *_of_quality(document, formats, "")]


def _formats(document: Mapping[str, Any], entry: Mapping[str, Any]) -> set[str]:
    """The formats of one size's variants; lossless WebP counts as PNG."""
    own = entry if {"format", "formats"} & set(entry) else document
    names = set(own.get("formats") or [own.get("format", "original")])
    if entry.get("lossless", document.get("lossless")) is True and "webp" in names:
        names = names - {"webp"} | {"png"}
    return names


def _of_quality(
    options: Mapping[str, Any], formats: list[set[str]], place: str
) -> Iterator[Mistake]:
    names = set().union(*formats)
    for key in ("quality", "maxBytes"):
        if key in options and names <= _WITHOUT_QUALITY:
            rule = "has no effect: PNG, GIF and lossless WebP have no quality."
            yield Mistake(f"{place}{key}", f"{rule} Remove it.", "", is_key=True)


def _of_patterns(options: Mapping[str, Any], place: str) -> Iterator[Mistake]:
    for key in ("include", "exclude"):
        for index, pattern in enumerate(options.get(key, ())):
            if rule := _of_pattern(pattern):
                text = f"{json.dumps(pattern, ensure_ascii=False)} {rule}"
                yield Mistake(f"{place}{key}[{index}]", text, "")


def _of_pattern(pattern: str) -> str:
    """What is odd about a pattern; empty if nothing is."""
    if "**" in pattern:
        meant = pattern.replace("**/*", "*").replace("**/", "*").replace("**", "*")
        return f'could have one "*", which matches "/", too. Write {json.dumps(meant)}.'
    if pattern.endswith("/"):
        meant = json.dumps(f"{pattern}*")
        return f"matches only a folder itself, not what is in it. Write {meant}."
    if found := _URL.match(pattern):
        meant = json.dumps(pattern[found.end() :])
        return f"is not how keys start, which have no bucket. Write {meant}."
    if _BRACES.search(pattern):
        return "matches braces only: write one pattern for each choice."
    return "has a backslash, and keys have slashes." if "\\" in pattern else ""
