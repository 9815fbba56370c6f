"""Recipes: hashes of how a variant was made. Images of equal recipes look equal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from ..sizes.size import AUTO, REQUEST
from ..storage.carry_over import NO_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..sizes.geometry import Geometry
    from ..sizes.size import Size
    from ..storage.carry_over import CarryOverRules

ENGINE = 1
"""Raised by every visible change of the pixels made of the same upload: a backfill then
makes all variants again."""

MANIFEST_VERSION = 3
"""Likewise raised by a change of the manifest's document, unless it only adds a key:
manifests from before stay current, and lack that key until they are made again."""

_DIGITS = 16


def recipe(size: Size, rules: CarryOverRules = NO_RULES) -> str:
    """Hash of everything except the original that determines a variant's bytes.

    Options at their default are left out, so that a new option changes no hash.
    """
    rules = replace(rules, base_url="")  # only in manifests
    carried_over = [_rules(rules)] if rules != NO_RULES else []
    return _hash([ENGINE, _geometry(size.geometry), _options(size), *carried_over])


def recipe_of(
    size: Size, sizes: Iterable[Size], rules: CarryOverRules = NO_RULES
) -> str:
    """The recipe of one of a key's `sizes`; the manifest's depends on all of them."""
    if not size.suffix:
        return recipe(size, rules)
    others = [
        # The manifest lists no bytes of a size that is made on request.
        [one.name, recipe(one, rules), *([REQUEST] if one.make == REQUEST else [])]
        for one in sizes
        if not one.suffix
    ]
    absolute = [rules.base_url] if rules.base_url else []
    return _hash([MANIFEST_VERSION, recipe(size, rules), *sorted(others), *absolute])


def combined_recipe(sizes: Iterable[Size]) -> str:
    """Hash of the whole size configuration, stored with a rejection."""
    return _hash(sorted(recipe(size) for size in sizes))


# The keys and defaults of these documents are part of every stored recipe: they stay as
# they are, whatever the attributes are called. A new option adds a key, left out by
# default; a new part of a geometry likewise.


def _geometry(geometry: Geometry) -> dict[str, object]:
    return {
        "text": geometry.text,
        "width": geometry.width,
        "height": geometry.height,
        "percent": geometry.percent,
        "area": geometry.area,
        "exact": geometry.exact,
        "cover": geometry.cover,
        "only_shrink": geometry.only_shrink,
        "only_enlarge": geometry.only_enlarge,
    }


def _options(size: Size) -> dict[str, object]:
    """The options that differ from their default; not those about keys and times."""
    options = {
        "format": (size.format, "original"),
        "quality": (size.quality, None),
        "max_bytes": (size.max_bytes, None),
        "progressive": (size.may_be("jpeg") and size.progressive, False),
        "lossless": (size.may_be("webp") and size.lossless, False),
        "crop": (size.crop, False),
        "gravity": (_gravity(size), "center"),
        "background": (size.background, "white"),
        "animation": (size.animation, "keep"),
        "sharpen": (float(size.sharpen), 0.0),  # 1 and 1.0 are the same
        "copyright": (size.copyright, False),
        "suffix": (size.suffix, ""),
        "fallback": (size.fallback, ""),
        "taken_at": (size.taken_at, False),
        "location": (size.location, False),
        "hdr": (size.hdr if size.may_be("jpeg") else "drop", "drop"),
        "watermark": (_watermark(size), None),
    }
    return {key: value for key, (value, default) in options.items() if value != default}


def _gravity(size: Size) -> str:
    """A size without a crop uses none; its recipe contains all but the newest, auto."""
    return "center" if size.gravity == AUTO and not size.crop else size.gravity


def _watermark(size: Size) -> object:
    """The watermark, if a variant may be wide enough for it."""
    watermark, widest = size.watermark, size.max_width
    if not watermark or (widest is not None and widest < watermark.min_width):
        return None
    return {
        "file": watermark.digest,
        "gravity": watermark.gravity,
        "opacity": watermark.opacity,
        "percent": watermark.percent,
        "min_width": watermark.min_width,
    }


def _rules(rules: CarryOverRules) -> dict[str, object]:
    return {
        "names": list(rules.names),
        "cache_control": rules.cache_control,
        "storage_class": rules.storage_class,
        **({"versions": True} if rules.versions else {}),
        **({"cache_tags": True} if rules.cache_tags else {}),
    }


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
