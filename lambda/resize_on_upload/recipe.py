"""What a variant was made by: equal recipes of one original make equal pictures."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, fields
from typing import TYPE_CHECKING

from .carried import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .carried import Rules
    from .size import Size

ENGINE = 1
"""Raised by every change that makes other pixels of the same upload: a backfill then
makes all variants anew."""

MANIFEST_VERSION = 3
"""Likewise of the manifest's document."""

_DIGITS = 16


def recipe(size: Size, rules: Rules = PLAIN) -> str:
    """The hash of all that decides on a variant, but for the original.

    Options left at their default do not count, so that a new option changes nothing.
    """
    geometry = asdict(size.geometry)
    chosen = {
        field.name: getattr(size, field.name)
        for field in fields(size)
        if field.default is not MISSING
        and field.name != "paths"  # where, not how
        and getattr(size, field.name) != field.default
    }
    said = [asdict(rules)] if rules != PLAIN else []
    return _hash([ENGINE, geometry, chosen, *said])


def recipe_of(size: Size, sizes: Iterable[Size], rules: Rules = PLAIN) -> str:
    """The recipe of one of a key's `sizes`; the manifest's is that of all of them."""
    if not size.suffix:
        return recipe(size, rules)
    others = [[one.name, recipe(one, rules)] for one in sizes if not one.suffix]
    return _hash([MANIFEST_VERSION, recipe(size, rules), *sorted(others)])


def recipes(sizes: Iterable[Size]) -> str:
    """The hash of all sizes' pixels: what a rejection was decided by."""
    return _hash(sorted(recipe(size) for size in sizes))


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
