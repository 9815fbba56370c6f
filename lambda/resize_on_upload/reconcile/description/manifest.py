"""The document about a key's variants, made for pages: config/manifest.schema.json."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from ...imaging.formats import output_type
from ...imaging.results import Variant, exceeds_max_bytes
from ...sizes.size import REQUEST
from .srcset import VariantFact, by_width, sources, srcset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ...imaging.results import SourceInfo
    from ...sizes.size import Size
    from ...storage.objects import StoredVariant

CONTENT_TYPE = "application/json"

MAX_PLACEHOLDER_CHARACTERS = 1_024
"""Of a data URL; a page may have many of them."""


def compose(
    about: Mapping[str, object],
    source: SourceInfo,
    facts: Iterable[VariantFact],
    placeholder: Variant,
    base_url: str = "",
) -> bytes:
    """The manifest's bytes: the same for the same original and sizes.

    Args:
        about: The original's key, id and bytes, its focus if it has one, and what its
            EXIF says.
        source: The original, as people see it.
        facts: Every variant of it.
        placeholder: The image in a few pixels.
        base_url: What the variants' own URLs begin with; the others stay relative.
    """
    listed = by_width(facts)
    document = {
        "version": 1,
        "source": {**about, **_source(source)},
        "variants": [_variant(fact, base_url) for fact in listed],
        "srcset": srcset(source, listed),
        "sources": sources(source, listed),
        "placeholder": _data_url(placeholder),
        "color": placeholder.color,
        "thumbhash": placeholder.thumbhash,
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


def _variant(fact: VariantFact, base_url: str) -> dict[str, str | int]:
    size = {} if fact.bytes is None else {"bytes": fact.bytes}
    url = {"url": base_url + fact.address} if base_url or fact.url else {}
    return {
        "name": fact.name,
        "key": fact.key,
        **url,
        "width": fact.width,
        "height": fact.height,
        **size,
        "type": fact.type,
        **({"exceedsMaxBytes": True} if fact.exceeds_max_bytes else {}),
        **({"hdr": True} if fact.hdr else {}),
    }


def variant_facts(
    key: str,
    sizes: Iterable[Size],
    source: SourceInfo,
    found: Mapping[Size, Variant | StoredVariant],
    animated: Callable[[Size, str], bool],
) -> list[VariantFact]:
    """Facts about every variant of a key.

    Args:
        key: The original's.
        sizes: Those to list; each is in `found`, or is made on request.
        source: The original, as people see it.
        found: The variants of this invocation and existing ones.
        animated: Whether a size with this content type is an animation.
    """
    facts = []
    for size in sizes:
        if size.make == REQUEST:
            fact = _fact_on_request(key, size, source, animated)
        else:
            fact = _fact(key, size, found[size])
        is_copy = bool(size.fallback) and fact.type == _type(size.fallback, source)
        moves = animated(size, fact.type)
        facts.append(replace(fact, animated=moves, is_copy=is_copy))
    return facts


def _type(fmt: str, source: SourceInfo) -> str:
    return output_type(fmt, source.format, alpha=source.alpha)


def _fact(key: str, size: Size, one: Variant | StoredVariant) -> VariantFact:
    count = len(one.body) if isinstance(one, Variant) else one.bytes
    return VariantFact(
        name=size.name,
        key=size.variant_key(key),
        width=one.width,
        height=one.height,
        bytes=count,
        type=one.content_type,
        exceeds_max_bytes=exceeds_max_bytes(size, count),
        hdr=one.hdr,
    )


def _fact_on_request(
    key: str,
    size: Size,
    source: SourceInfo,
    animated: Callable[[Size, str], bool],
) -> VariantFact:
    """What a variant will be; its bytes are never listed, whether it exists or not.

    A sibling is expected to be smaller than its fallback.
    """
    width, height = size.dimensions(source.width, source.height)
    kind, other = _type(size.format, source), size.fallback_size
    fallback = _type(other.format, source)
    if animated(other, fallback) and not animated(size, kind):
        kind = fallback
    return VariantFact(
        name=size.name,
        key=size.variant_key(key),
        width=width,
        height=height,
        bytes=None,
        type=kind,
    )


def _data_url(placeholder: Variant) -> str | None:
    data = base64.b64encode(placeholder.body).decode()
    url = f"data:{placeholder.content_type};base64,{data}"
    return url if len(url) <= MAX_PLACEHOLDER_CHARACTERS else None
