"""What was made of an upload, as a page wants it: config/manifest.schema.json."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from .imaging.variants import Variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .imaging.variants import Source
    from .size import Size
    from .store import Held

CONTENT_TYPE = "application/json"

LONGEST_PLACEHOLDER = 1_024
"""Characters of a data URL; a page has many of them."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One size, as it lies in the resized bucket; pixels and bytes."""

    name: str
    key: str
    width: int
    height: int
    bytes: int
    type: str


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
    listed = sorted(facts, key=lambda fact: (fact.width, fact.name))
    document = {
        "version": 1,
        "source": {**source, **asdict(picture)},
        "variants": [asdict(fact) for fact in listed],
        "srcset": srcset(picture, listed),
        "placeholder": _data_url(placeholder),
        "color": placeholder.color,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def facts(
    key: str,
    sizes: Iterable[Size],
    made: Mapping[Size, Variant],
    held: Mapping[Size, Held],
) -> list[Fact]:
    """What lies there of each size of a key: just made, or from before."""
    found: list[Fact] = []
    for size in sizes:
        one = made.get(size) or held[size]  # a wanted size is made or held
        length = len(one.body) if isinstance(one, Variant) else one.bytes
        found.append(
            Fact(
                name=size.name,
                key=size.target(key),
                width=one.width,
                height=one.height,
                bytes=length,
                type=one.content_type,
            )
        )
    return found


def srcset(picture: Source, facts: Sequence[Fact]) -> str:
    """The sizes that show all of the picture, for `<img srcset>`; from the root.

    https://html.spec.whatwg.org/multipage/images.html#srcset-attributes
    """
    by_width = {
        fact.width: f"{quote(fact.key, safe='/')} {fact.width}w"
        for fact in facts
        if abs(fact.width * picture.height / picture.width - fact.height) <= 1
    }
    return ", ".join(by_width[width] for width in sorted(by_width))


def _data_url(placeholder: Variant) -> str | None:
    data = base64.b64encode(placeholder.body).decode()
    url = f"data:{placeholder.content_type};base64,{data}"
    return url if len(url) <= LONGEST_PLACEHOLDER else None
