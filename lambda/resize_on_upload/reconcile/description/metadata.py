"""The function's own metadata of a variant: what made it, and what caches compare."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..recipe import recipe as recipe_of_variant

if TYPE_CHECKING:
    from ...imaging.results import Variant
    from ...sizes.size import Size
    from ...storage.carry_over import CarryOverRules

_VERSION_DIGITS = 8
"""The edge function keeps no longer versions: delivery/edge_version.js."""

_TAG_DIGITS = 32


def metadata(
    key: str, variant: Variant, source_id: str, recipe: str, rules: CarryOverRules
) -> dict[str, str]:
    """What a variant was made from, and how; ASCII, as S3 requires of metadata."""
    found = {
        "source": source_id,
        "recipe": recipe,
        "prefix": variant.size.name,
        "geometry": variant.size.geometry.text,
        "width": str(variant.width),
        "height": str(variant.height),
    }
    if variant.hdr:
        found["hdr"] = "true"
    if rules.versions and not variant.size.suffix:
        found["version"] = version(source_id, variant.size, rules)
    if rules.cache_tags:
        found["cache-tag"] = cache_tag(key)
    return found


def version(source_id: str, size: Size, rules: CarryOverRules) -> str:
    """The version of a size's variant of an original, for `?v=`.

    It changes with the original and with the recipe: caches keep a variant of the right
    version for a year. All formats of a size share it, as the edge function may answer
    a URL with any of them.
    """
    made_from = f"{source_id} {recipe_of_variant(size.fallback_size, rules)}"
    return hashlib.sha256(made_from.encode()).hexdigest()[:_VERSION_DIGITS]


def cache_tag(key: str) -> str:
    """What CloudFront calls all variants of an original, to forget them at once.

    Not the key: tags are ASCII without commas, and upper and lower case are the same.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html
    """
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:_TAG_DIGITS]
