"""Compare both buckets with sizes.json: what each key lacks, or has too much of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.sizes.size import REJECTION, REQUEST, UPLOAD, sizes_for_key
from resize_on_upload_cli.compare import rejected, vouched
from resize_on_upload_cli.compare.key_diff import (
    CURRENT,
    EXPIRED,
    MISSING,
    ORPHANED,
    REJECTED,
    STALE,
    KeyDiff,
)
from resize_on_upload_cli.compare.orphans import GONE, orphan
from resize_on_upload_cli.compare.vouched import Recipes
from resize_on_upload_cli.queues.rejections import Rejections
from resize_on_upload_cli.stack import listing
from resize_on_upload_cli.stack.parallel import map_parallel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload.storage.objects import StoredVariant
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.stack.listing import ListedObject

REMOVED_BY_S3 = "S3 has removed its sizes after their days"
UNWANTED = "its path has no such size"

_KEYS_AT_ONCE = 16
"""Whose variants one thread looks at."""


@dataclass(frozen=True, slots=True)
class BucketDiff:
    """The difference between both buckets and sizes.json.

    Attributes:
        rejections: The records of what the function has rejected.
        thorough: Whether to look at each variant, even if a manifest vouches for it.
    """

    deployment: Deployment
    sizes: Sequence[Size]
    rejections: Rejections = field(default_factory=Rejections)
    thorough: bool = False
    _recipes: Recipes = field(default_factory=Recipes)

    def compare_all(self, prefix: str = "") -> Iterator[KeyDiff]:
        """Compare every key of either bucket that begins with a prefix."""
        entries = listing.by_key(self.deployment, self.sizes, prefix)
        compared = map_parallel(self._first_look, entries, at_once=_KEYS_AT_ONCE)
        for listed, diff in compared:
            yield diff or self._with_records(listed)

    def _first_look(
        self, entries: list[ListedObject]
    ) -> tuple[list[ListedObject], KeyDiff | None]:
        """Compare one key; the diff is None if it takes the records of rejections."""
        is_complete = self.rejections.is_read
        diff = self.compare_listed(entries)
        decided = is_complete or diff.state not in (MISSING, STALE, EXPIRED)
        return entries, diff if decided else None

    def _with_records(self, entries: list[ListedObject]) -> KeyDiff:
        self.rejections.read()
        return self.compare_listed(entries)

    def compare(self, key: str) -> KeyDiff | None:
        """Compare one key; None if neither bucket has it."""
        original = listing.original(self.deployment, key)
        stored = self._stored(key, self.sizes)
        if original:
            return self._of_original(original, stored)
        sizes = [size.name for size in stored]
        if rejected.stored(self.deployment, key):
            sizes.append(REJECTION.name)
        gone = KeyDiff(key, ORPHANED, GONE, tuple(sizes), 0, has_original=False)
        return gone if sizes else None

    def compare_listed(self, entries: list[ListedObject]) -> KeyDiff:
        """Compare one key, of which this is listed."""
        original = next((entry for entry in entries if entry.size is None), None)
        if original is None:
            return orphan(entries)
        variants, rejections = rejected.split(entries)
        stored = self._listed(original, variants)
        return self._of_original(original, stored, look=bool(rejections))

    def _listed(
        self, original: ListedObject, entries: Sequence[ListedObject]
    ) -> dict[Size, StoredVariant]:
        """Return the variants of an original, with as few HEADs as it takes."""
        wanted = sizes_for_key(self.sizes, original.key)
        manifest = vouched.manifest_of(entries, wanted)
        sizes = [entry.size for entry in entries if entry.size]
        if self.thorough or manifest is None or manifest.size is None:
            return self._stored(original.key, sizes)
        found = self._stored(original.key, [manifest.size])
        recipes = {size: self._recipe(size, wanted) for size in wanted}
        if not any(self._stale(original, found, wanted)) and found:
            found |= vouched.variants(original, manifest, entries, recipes)
        found |= self._stored(original.key, [s for s in sizes if s not in found])
        return {size: found[size] for size in sizes if size in found}

    def _of_original(
        self,
        original: ListedObject,
        stored: Mapping[Size, StoredVariant],
        *,
        look: bool = True,
    ) -> KeyDiff:
        """Compare the variants of an original.

        Args:
            original: As listed.
            stored: Its variants.
            look: Whether it may have a rejection.
        """
        wanted = sizes_for_key(self.sizes, original.key)
        unwanted = [size for size in stored if size not in wanted]
        names = tuple(size.name for size in unwanted)
        diff = self._of_wanted(original, stored, wanted, look=look)
        if diff.state == CURRENT and unwanted:
            size = sum(stored[one].bytes for one in unwanted)
            return KeyDiff(original.key, ORPHANED, UNWANTED, names, size)
        return replace(diff, unwanted=names)

    def _of_wanted(
        self,
        original: ListedObject,
        stored: Mapping[Size, StoredVariant],
        wanted: Sequence[Size],
        *,
        look: bool,
    ) -> KeyDiff:
        """Compare the sizes that the key gets, leaving out any others.

        A size that is made on request cannot be missing, but it can be stale.
        """
        missing = [s for s in wanted if s.make == UPLOAD and s not in stored]
        of_another, outdated = self._stale(original, stored, wanted)
        on_request = {s for s in wanted if s.make == REQUEST and s in stored}
        on_request -= {*of_another, *outdated}

        def result(state: str, why: str, sizes: Sequence[Size]) -> KeyDiff:
            stale = (size.name for size in sizes if size.make == REQUEST)
            return KeyDiff(
                key=original.key,
                state=state,
                why=why,
                sizes=tuple(size.name for size in sizes),
                bytes=original.bytes,
                to_delete=tuple(stale) if state in (MISSING, STALE) else (),
                on_request=len(on_request),
            )

        if not (missing or of_another or outdated):
            return result(CURRENT, "", ())
        rejection = self._rejection(original, wanted, look=look)
        if rejection and not of_another:
            return result(REJECTED, rejection, [*stored])
        if missing and not (of_another or outdated) and self._expired(original):
            return result(EXPIRED, REMOVED_BY_S3, missing)
        if missing:
            return result(MISSING, "not made yet", (*missing, *of_another, *outdated))
        why = "of another original" if of_another else "made by another recipe"
        return result(STALE, why, (*of_another, *outdated))

    def _stale(
        self,
        original: ListedObject,
        stored: Mapping[Size, StoredVariant],
        wanted: Sequence[Size],
    ) -> tuple[list[Size], list[Size]]:
        """Return the sizes made from another original, and by another recipe."""
        of_another, outdated = [], []
        for size in (size for size in stored if size in wanted):
            if stored[size].source_id != original.source_id:
                of_another.append(size)
            elif stored[size].recipe != self._recipe(size, wanted):
                outdated.append(size)
        return of_another, outdated

    def _recipe(self, size: Size, wanted: Sequence[Size]) -> str:
        return self._recipes.of(size, wanted, self.deployment.store.carry_over)

    def _expired(self, original: ListedObject) -> bool:
        """Return whether S3 has deleted the variants because of their age."""
        days = self.deployment.expiration_days
        if days is None or original.modified is None:
            return False
        return datetime.now(UTC) - original.modified > timedelta(days=days)

    def _rejection(
        self, original: ListedObject, wanted: Iterable[Size], *, look: bool
    ) -> str | None:
        """Return the code with which the function rejects an original, if known."""
        key, decided_by = original.key, (original.source_id, self._combined_recipe)
        found = rejected.seen(original, wanted)
        if not found and look:
            found = rejected.stored_code(self.deployment, key, decided_by)
        return found or self.rejections.code(key, decided_by)

    @property
    def _combined_recipe(self) -> str:
        return combined_recipe(self.sizes)

    def _stored(self, key: str, sizes: Iterable[Size]) -> dict[Size, StoredVariant]:
        """Return the existing variants of some sizes."""
        store = self.deployment.headers
        possible = [size for size in sizes if not size.key_too_long(key)]  # S3 refuses
        found = {size: store.head_variant(size.variant_key(key)) for size in possible}
        return {size: variant for size, variant in found.items() if variant}
