"""What was made of an upload, as a page wants it: config/manifest.schema.json."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..imaging.results import Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..imaging.results import SourceInfo
    from ..sizes.size import Size
    from ..storage.objects import StoredVariant

CONTENT_TYPE = "application/json"

MAX_PLACEHOLDER_CHARACTERS = 1_024
"""Characters of a data URL; a page has many of them."""

_UNIVERSAL_TYPES = ("image/jpeg", "image/png", "image/gif")
"""What every browser reads."""

_MODERN_TYPES = ("image/avif", "image/webp")
"""What most browsers read, the smallest files first."""


@dataclass(frozen=True, slots=True)
class VariantFact:
    """One size, as it lies in the resized bucket; pixels and bytes.

    Attributes:
        animated: Whether it is an animation; the document does not say so.
    """

    name: str
    key: str
    width: int
    height: int
    bytes: int
    type: str
    animated: bool = False


def compose(
    source: dict[str, str | int],
    source_info: SourceInfo,
    facts: Iterable[VariantFact],
    placeholder: Variant,
) -> bytes:
    """The manifest's bytes: the same for the same source_info and sizes.

    Args:
        source: What else is to be said of the original: key, id, bytes.
        source_info: The original, as people see it.
        facts: Every size of it.
        placeholder: The source_info in a few pixels.
    """
    listed = _sorted(facts)
    document = {
        "version": 1,
        "source": {**source, **_source_document(source_info)},
        "variants": [_variant_document(fact) for fact in listed],
        "srcset": srcset(source_info, listed),
        "sources": sources(source_info, listed),
        "placeholder": _data_url(placeholder),
        "color": placeholder.color,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


# Pages read these keys: they stay as they are, whatever the attributes are called.


def _source_document(source_info: SourceInfo) -> dict[str, str | int]:
    return {
        "format": source_info.format,
        "width": source_info.width,
        "height": source_info.height,
        "frames": source_info.frames,
    }


def _variant_document(fact: VariantFact) -> dict[str, str | int]:
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
    """What lies there of each size of a key: just made, or from before.

    Args:
        key: The original's.
        sizes: Those to list; each is made or existing.
        made: What this invocation made.
        existing: What was there before.
        animated: Whether a size with this content type is an animation.
    """
    found: list[VariantFact] = []
    for size in sizes:
        one = made.get(size) or existing[size]
        length = len(one.body) if isinstance(one, Variant) else one.bytes
        found.append(
            VariantFact(
                name=size.name,
                key=size.variant_key(key),
                width=one.width,
                height=one.height,
                bytes=length,
                type=one.content_type,
                animated=animated(size, one.content_type),
            )
        )
    return found


def srcset(source_info: SourceInfo, facts: Iterable[VariantFact]) -> str:
    """The sizes that show the whole source_info, for `<img srcset>`; from the root.

    All of one format, as every browser takes a `srcset` by its widths alone: the one
    that most browsers read; of JPEG, PNG and GIF the one with the most widths.

    https://html.spec.whatwg.org/multipage/images.html#srcset-attributes
    """
    return _format_srcset(_fallback(_by_type(source_info, facts)))


def sources(
    source_info: SourceInfo, facts: Iterable[VariantFact]
) -> list[dict[str, str]]:
    """The better formats, for the `<source>`s of a `<picture>`; the best first.

    A browser takes the first that it reads, whatever its widths. One that ends
    narrower than `srcset` would blur, and one that stands still where `srcset` animated
    would stop an animation, so these are left out.
    """
    by_type = _by_type(source_info, facts)
    fallback = _fallback(by_type)
    return [
        {"type": kind, "srcset": _format_srcset(widths)}
        for kind in _MODERN_TYPES
        if (widths := by_type.get(kind, {})) is not fallback
        and max(widths, default=0) >= max(fallback, default=1)
        and _animates_with(fallback, widths)
    ]


def _animates_with(
    fallback: dict[int, VariantFact], widths: dict[int, VariantFact]
) -> bool:
    """Whether a format animated wherever the fallback would, at every width wanted."""
    return all(
        _browser_choice(widths, wanted).animated
        for wanted in (*fallback, *widths)
        if _browser_choice(fallback, wanted).animated
    )


def _browser_choice(widths: dict[int, VariantFact], wanted: int) -> VariantFact:
    """What a browser takes: the narrowest that is wide enough, else the widest."""
    return next((f for w, f in widths.items() if w >= wanted), [*widths.values()][-1])


def _by_type(
    source_info: SourceInfo, facts: Iterable[VariantFact]
) -> dict[str, dict[int, VariantFact]]:
    """Content type → width → the size that has it, of those without a crop."""
    found: dict[str, dict[int, VariantFact]] = {}
    for fact in _sorted(facts):
        if abs(fact.width * source_info.height / source_info.width - fact.height) <= 1:
            found.setdefault(fact.type, {})[fact.width] = fact
    return found


def _fallback(by_type: dict[str, dict[int, VariantFact]]) -> dict[int, VariantFact]:
    """The sizes of the format that most browsers read."""
    everywhere = [by_type[kind] for kind in _UNIVERSAL_TYPES if kind in by_type]
    others = (by_type[kind] for kind in reversed(_MODERN_TYPES) if kind in by_type)
    return max(everywhere, key=len, default=next(others, {}))


def _format_srcset(widths: dict[int, VariantFact]) -> str:
    return ", ".join(
        f"{quote(fact.key, safe='/')} {width}w" for width, fact in widths.items()
    )


def _sorted(facts: Iterable[VariantFact]) -> list[VariantFact]:
    return sorted(facts, key=lambda fact: (fact.width, fact.name))


def _data_url(placeholder: Variant) -> str | None:
    data = base64.b64encode(placeholder.body).decode()
    url = f"data:{placeholder.content_type};base64,{data}"
    return url if len(url) <= MAX_PLACEHOLDER_CHARACTERS else None
