"""The document about a key's variants, made for pages: config/manifest.schema.json."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from ..imaging.results import Variant
from .srcset import VariantFact, by_width, sources, srcset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..imaging.results import SourceInfo
    from ..sizes.size import Size
    from ..storage.objects import StoredVariant

CONTENT_TYPE = "application/json"

MAX_PLACEHOLDER_CHARACTERS = 1_024
"""Of a data URL; a page may have many of them."""


def compose(
    about: dict[str, str | int],
    source: SourceInfo,
    facts: Iterable[VariantFact],
    placeholder: Variant,
) -> bytes:
    """The manifest's bytes: the same for the same original and sizes.

    Args:
        about: The original's key, id and bytes.
        source: The original, as people see it.
        facts: Every variant of it.
        placeholder: The image in a few pixels.
    """
    listed = by_width(facts)
    document = {
        "version": 1,
        "source": {**about, **_source(source)},
        "variants": [_variant(fact) for fact in listed],
        "srcset": srcset(source, listed),
        "sources": sources(source, listed),
        "placeholder": _data_url(placeholder),
        "color": placeholder.color,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


# Pages read these keys: they stay as they are, whatever the attributes are called.


def _source(source: SourceInfo) -> dict[str, str | int]:
    return {
        "format": source.format,
        "width": source.width,
        "height": source.height,
        "frames": source.frames,
    }


def _variant(fact: VariantFact) -> dict[str, str | int]:
    return {
        "name": fact.name,
        "key": fact.key,
        "width": fact.width,
        "height": fact.height,
        "bytes": fact.bytes,
        "type": fact.type,
    }


def variant_facts(
    key: str,
    sizes: Iterable[Size],
    made: Mapping[Size, Variant],
    existing: Mapping[Size, StoredVariant],
    animated: Callable[[Size, str], bool],
) -> list[VariantFact]:
    """Facts about every variant of a key, new or existing.

    Args:
        key: The original's.
        sizes: Those to list; each is in `made` or in `existing`.
        made: The variants of this invocation.
        existing: The variants found in the resized bucket.
        animated: Whether a size with this content type is an animation.
    """
    found: list[VariantFact] = []
    for size in sizes:
        one = made.get(size) or existing[size]
        found.append(
            VariantFact(
                name=size.name,
                key=size.variant_key(key),
                width=one.width,
                height=one.height,
                bytes=len(one.body) if isinstance(one, Variant) else one.bytes,
                type=one.content_type,
                animated=animated(size, one.content_type),
            )
        )
    return found


def _data_url(placeholder: Variant) -> str | None:
    data = base64.b64encode(placeholder.body).decode()
    url = f"data:{placeholder.content_type};base64,{data}"
    return url if len(url) <= MAX_PLACEHOLDER_CHARACTERS else None
