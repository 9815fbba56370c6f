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

    from ..imaging.results import Source
    from ..sizes.size import Size
    from ..storage.store import StoredVariant

CONTENT_TYPE = "application/json"

LONGEST_PLACEHOLDER = 1_024
"""Characters of a data URL; a page has many of them."""

_EVERYWHERE = ("image/jpeg", "image/png", "image/gif")
"""What every browser reads."""

_BETTER = ("image/avif", "image/webp")
"""What most browsers read, the smallest files first."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One size, as it lies in the resized bucket; pixels and bytes.

    Attributes:
        moves: Whether it is an animation; the document does not say so.
    """

    name: str
    key: str
    width: int
    height: int
    bytes: int
    type: str
    moves: bool = False


def compose(
    source: dict[str, str | int],
    picture: Source,
    facts: Iterable[Fact],
    placeholder: Variant,
) -> bytes:
    """The manifest's bytes: the same for the same picture and sizes.

    Args:
        source: What else is to be said of the original: key, id, bytes.
        picture: The original, as people see it.
        facts: Every size of it.
        placeholder: The picture in a few pixels.
    """
    listed = _sorted(facts)
    document = {
        "version": 1,
        "source": {**source, **_source(picture)},
        "variants": [_variant(fact) for fact in listed],
        "srcset": srcset(picture, listed),
        "sources": sources(picture, listed),
        "placeholder": _data_url(placeholder),
        "color": placeholder.color,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


# Pages read these keys: they stay as they are, whatever the attributes are called.


def _source(picture: Source) -> dict[str, str | int]:
    return {
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "frames": picture.frames,
    }


def _variant(fact: Fact) -> dict[str, str | int]:
    return {
        "name": fact.name,
        "key": fact.key,
        "width": fact.width,
        "height": fact.height,
        "bytes": fact.bytes,
        "type": fact.type,
    }


def facts(
    key: str,
    sizes: Iterable[Size],
    made: Mapping[Size, Variant],
    held: Mapping[Size, StoredVariant],
    moves: Callable[[Size, str], bool],
) -> list[Fact]:
    """What lies there of each size of a key: just made, or from before.

    Args:
        key: The original's.
        sizes: Those to list; each is made or held.
        made: What this invocation made.
        held: What was there before.
        moves: Whether a size with this content type is an animation.
    """
    found: list[Fact] = []
    for size in sizes:
        one = made.get(size) or held[size]
        length = len(one.body) if isinstance(one, Variant) else one.bytes
        found.append(
            Fact(
                name=size.name,
                key=size.variant_key(key),
                width=one.width,
                height=one.height,
                bytes=length,
                type=one.content_type,
                moves=moves(size, one.content_type),
            )
        )
    return found


def srcset(picture: Source, facts: Iterable[Fact]) -> str:
    """The sizes that show the whole picture, for `<img srcset>`; from the root.

    All of one format, as every browser takes a `srcset` by its widths alone: the one
    that most browsers read; of JPEG, PNG and GIF the one with the most widths.

    https://html.spec.whatwg.org/multipage/images.html#srcset-attributes
    """
    return _written(_fallback(_by_type(picture, facts)))


def sources(picture: Source, facts: Iterable[Fact]) -> list[dict[str, str]]:
    """The better formats, for the `<source>`s of a `<picture>`; the best first.

    A browser takes the first that it reads, whatever its widths. One that ends
    narrower than `srcset` would blur, and one that stands still where `srcset` moves
    would stop an animation, so these are left out.
    """
    by_type = _by_type(picture, facts)
    fallback = _fallback(by_type)
    return [
        {"type": kind, "srcset": _written(widths)}
        for kind in _BETTER
        if (widths := by_type.get(kind, {})) is not fallback
        and max(widths, default=0) >= max(fallback, default=1)
        and _moves_with(fallback, widths)
    ]


def _moves_with(fallback: dict[int, Fact], widths: dict[int, Fact]) -> bool:
    """Whether a format moves wherever the fallback would, at every width wanted."""
    return all(
        _shown(widths, wanted).moves
        for wanted in (*fallback, *widths)
        if _shown(fallback, wanted).moves
    )


def _shown(widths: dict[int, Fact], wanted: int) -> Fact:
    """What a browser takes: the narrowest that is wide enough, else the widest."""
    return next((f for w, f in widths.items() if w >= wanted), [*widths.values()][-1])


def _by_type(picture: Source, facts: Iterable[Fact]) -> dict[str, dict[int, Fact]]:
    """Content type → width → the size that has it, of those without a crop."""
    found: dict[str, dict[int, Fact]] = {}
    for fact in _sorted(facts):
        if abs(fact.width * picture.height / picture.width - fact.height) <= 1:
            found.setdefault(fact.type, {})[fact.width] = fact
    return found


def _fallback(by_type: dict[str, dict[int, Fact]]) -> dict[int, Fact]:
    """The sizes of the format that most browsers read."""
    everywhere = [by_type[kind] for kind in _EVERYWHERE if kind in by_type]
    others = (by_type[kind] for kind in reversed(_BETTER) if kind in by_type)
    return max(everywhere, key=len, default=next(others, {}))


def _written(widths: dict[int, Fact]) -> str:
    return ", ".join(
        f"{quote(fact.key, safe='/')} {width}w" for width, fact in widths.items()
    )


def _sorted(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (fact.width, fact.name))


def _data_url(placeholder: Variant) -> str | None:
    data = base64.b64encode(placeholder.body).decode()
    url = f"data:{placeholder.content_type};base64,{data}"
    return url if len(url) <= LONGEST_PLACEHOLDER else None
