"""`srcset` and `<source>`s for a page, made from facts about a key's variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...imaging.results import SourceInfo

_UNIVERSAL_TYPES = ("image/jpeg", "image/png", "image/gif")
"""Every browser decodes these."""

_MODERN_TYPES = ("image/avif", "image/webp")
"""Most browsers decode these; the smallest files first."""


@dataclass(frozen=True, slots=True)
class VariantFact:
    """One variant in the resized bucket; pixels and bytes.

    Attributes:
        bytes: None if the variant is made on request.
        animated: Whether it is an animation; the document does not say so.
        url: With the variant's version, relative to the bucket; empty if it has none.
        hdr: Whether it has a gain map.
        is_copy: Whether it is a sibling that holds the same as its fallback.
        exceeds_max_bytes: Whether it has more bytes than its size allows.
    """

    name: str
    key: str
    width: int
    height: int
    bytes: int | None
    type: str
    animated: bool = False
    url: str = ""
    is_copy: bool = False
    exceeds_max_bytes: bool = False
    hdr: bool = False

    @property
    def address(self) -> str:
        """What pages request, relative to the bucket."""
        return self.url or quote(self.key, safe="/")


def srcset(source: SourceInfo, facts: Iterable[VariantFact]) -> str:
    """The variants that show the whole image, for `<img srcset>`; from the root.

    All have one format, as every browser chooses from a `srcset` by width alone: the
    format that most browsers decode; of JPEG, PNG and GIF the one with most widths.

    https://html.spec.whatwg.org/multipage/images.html#srcset-attributes
    """
    return _text(_fallback(_by_type(source, facts)))


def sources(source: SourceInfo, facts: Iterable[VariantFact]) -> list[dict[str, str]]:
    """The modern formats, for the `<source>`s of a `<picture>`; the best first.

    A browser takes the first format that it decodes, whatever its widths. A format
    that ends narrower than `srcset` would blur, and a still format where `srcset` is
    animated would stop the animation, so these are left out.
    """
    by_type = _by_type(source, facts)
    fallback = _fallback(by_type)
    return [
        {"type": kind, "srcset": _text(widths)}
        for kind in _MODERN_TYPES
        if (widths := by_type.get(kind, {})) is not fallback
        and max(widths, default=0) >= max(fallback, default=1)
        and _keeps_animations(fallback, widths)
    ]


def by_width(facts: Iterable[VariantFact]) -> list[VariantFact]:
    """The facts, the narrowest first."""
    return sorted(facts, key=lambda fact: (fact.width, fact.name))


def _by_type(
    source: SourceInfo, facts: Iterable[VariantFact]
) -> dict[str, dict[int, VariantFact]]:
    """Content type → width → the variant that has it, of those that are not cropped."""
    found: dict[str, dict[int, VariantFact]] = {}
    for fact in by_width(facts):
        if not fact.is_copy and _shows_all(source, fact):
            found.setdefault(fact.type, {})[fact.width] = fact
    return found


def _shows_all(source: SourceInfo, fact: VariantFact) -> bool:
    """Whether nothing was cropped; sides are rounded to whole pixels."""
    return abs(fact.width * source.height / source.width - fact.height) <= 1


def _fallback(by_type: dict[str, dict[int, VariantFact]]) -> dict[int, VariantFact]:
    """The variants of the format that most browsers decode."""
    universal = [by_type[kind] for kind in _UNIVERSAL_TYPES if kind in by_type]
    modern = (by_type[kind] for kind in reversed(_MODERN_TYPES) if kind in by_type)
    return max(universal, key=len, default=next(modern, {}))


def _keeps_animations(
    fallback: dict[int, VariantFact], widths: dict[int, VariantFact]
) -> bool:
    """Whether a format is animated wherever the fallback is, at every width."""
    return all(
        _chosen(widths, wanted).animated
        for wanted in (*fallback, *widths)
        if _chosen(fallback, wanted).animated
    )


def _chosen(widths: dict[int, VariantFact], wanted: int) -> VariantFact:
    """What a browser takes: the narrowest that is wide enough, else the widest."""
    return next((f for w, f in widths.items() if w >= wanted), [*widths.values()][-1])


def _text(widths: dict[int, VariantFact]) -> str:
    return ", ".join(f"{fact.address} {width}w" for width, fact in widths.items())
