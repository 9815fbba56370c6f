"""What a manifest vouches for: the variants that were written before it.

The function writes a key's manifest last, and its recipe depends on those of all sizes.
If it is current, so are they. Those that S3 says were written after it are not covered:
another program wrote them, or the function was stopped before its next manifest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.sizes.size import UPLOAD
from resize_on_upload.storage.objects import StoredVariant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload.storage.carry_over import CarryOverRules
    from resize_on_upload_cli.stack.listing import ListedObject


@dataclass(frozen=True, slots=True)
class Recipes:
    """The recipes of sizes; each is computed once."""

    _found: dict[tuple[str, ...], str] = field(default_factory=dict)

    def of(self, size: Size, wanted: Sequence[Size], rules: CarryOverRules) -> str:
        """Return the recipe of one of the sizes that a key gets."""
        names = (size.name, *(one.name for one in wanted))
        if names not in self._found:
            self._found[names] = recipe_of(size, wanted, rules)
        return self._found[names]


def manifest_of(
    entries: Iterable[ListedObject], wanted: Sequence[Size]
) -> ListedObject | None:
    """Return a key's manifest, if it is there and the key gets one."""
    listed = (one for one in entries if one.size and one.size.suffix)
    return next((one for one in listed if one.size in wanted), None)


def variants(
    original: ListedObject,
    manifest: ListedObject,
    entries: Iterable[ListedObject],
    recipes: Mapping[Size, str],
) -> dict[Size, StoredVariant]:
    """Return the variants that a current manifest vouches for.

    A size that is made on request may be older than the manifest's recipe.

    Args:
        original: The original of all of them.
        manifest: As it was listed.
        entries: What is listed of the key.
        recipes: Of the sizes that the key gets.
    """
    earlier = {
        one.size: one.bytes
        for one in entries
        if one.size and one.size.make == UPLOAD and _is_earlier(one, manifest)
    }
    return {
        size: StoredVariant("", original.source_id, recipes[size], bytes=number)
        for size, number in earlier.items()
        if size in recipes
    }


def _is_earlier(one: ListedObject, manifest: ListedObject) -> bool:
    if one.modified is None or manifest.modified is None:
        return False
    return one is not manifest and one.modified <= manifest.modified
