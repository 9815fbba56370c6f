"""One key's rounds: what each looks at, makes, writes and removes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..errors import ArchivedObject, Contended, Rejected
from ..imaging import animation
from ..imaging.probe import DEFAULTS
from ..imaging.results import SourceInfo
from ..sizes.size import sizes_for_key
from ..storage.carry_over import NOTHING_CARRIED_OVER, CarriedOver
from .manifest import CONTENT_TYPE, compose, variant_facts
from .original import OriginalImage
from .recipe import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..imaging.probe import Limits
    from ..imaging.results import ImageResult, Variant
    from ..sizes.size import Size
    from ..storage.store import Store, StoredVariant
    from .report import Report

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

MAX_PARALLEL_CALLS = 8
"""At once, for one upload; the client keeps ten connections."""

GONE = "the original is gone"
KEPT = "the original is gone; its sizes stay, as mirrorDeletes is off"
CURRENT = "every size is up to date"
EXCLUDED = "no size is for this key"


@dataclass(frozen=True, slots=True)
class ReconcileConfig:
    """What every key is reconciled with.

    Attributes:
        make_variants: The image job: an original's bytes → these sizes of it.
        mirror_deletes: Whether sizes go when their original goes.
        limits: What the image job keeps to.
    """

    store: Store
    sizes: tuple[Size, ...]
    make_variants: Callable[[bytes, Sequence[Size]], ImageResult]
    mirror_deletes: bool = True
    limits: Limits = DEFAULTS


class Reconciliation:
    """What the rounds of one key share.

    Attributes:
        rejection: Why the original cannot be resized, after a round that settled it.
    """

    def __init__(self, key: str, config: ReconcileConfig, report: Report) -> None:
        self._key, self._config, self._report = key, config, report
        self._store = config.store
        self._variant_keys = {size: size.variant_key(key) for size in config.sizes}
        self._wanted = sizes_for_key(config.sizes, key)
        self._original = OriginalImage(
            key, config.store, self._wanted, config.make_variants, report
        )
        self.rejection: Rejected | None = None

    def run_round(self, *, assume_new: bool) -> bool:
        """One round; whether it ended with what it began with."""
        try:
            return self._first_round() if assume_new else self._round()
        except Contended:
            return False

    def _first_round(self) -> bool:
        """As if the upload were new; False where it is not, or leads nowhere.

        A write that finds a variant shows that it is not. Of a size that the key no
        longer gets nothing is written, so those are looked for.
        """
        if self._existing(
            size for size in self._variant_keys if size not in self._wanted
        ):
            return False
        if not self._wanted:
            self._report.skipped = EXCLUDED
            return True
        try:
            if not self._original.download():
                return False
            self._original.make_variants(self._wanted)
        except Rejected:
            return False
        self._write(self._wanted, {})
        return self._original_unchanged()

    def _round(self) -> bool:
        existing = self._existing(self._variant_keys)
        self.rejection, self._report.skipped = None, None
        self._report.source_id = self._store.head_original(self._key)
        if self._report.source_id is None:
            return self._mirror_delete(existing)
        stale = self._stale(existing)
        unwanted = {
            size: one for size, one in existing.items() if size not in self._wanted
        }
        if not stale:
            return self._nothing_to_make(unwanted)
        try:
            if not self._original.is_current():
                if not self._original.download():
                    return False
                stale = self._stale(existing)  # it may be newer than the one identified
            self._original.make_variants(stale)
        except Rejected as error:
            self.rejection = error
            return self._remove(self._variants_to_delete(existing, error))
        self._write(stale, existing)
        return self._remove(unwanted) and self._original_unchanged()

    def _nothing_to_make(self, unwanted: dict[Size, StoredVariant]) -> bool:
        if not (unwanted or self._report.written):
            self._report.skipped = CURRENT if self._wanted else EXCLUDED
        return self._remove(unwanted)

    def _existing(self, sizes: Iterable[Size]) -> dict[Size, StoredVariant]:
        """The variants that are there; where the key is too long none can be."""
        possible = [size for size in sizes if not size.key_too_long(self._key)]
        if not possible:
            return {}
        with self._report.timed("look"):
            found = _in_parallel(
                lambda size: self._store.head_variant(self._variant_keys[size]),
                possible,
            )
        pairs = zip(possible, found, strict=True)
        return {size: existing for size, existing in pairs if existing}

    def _stale(self, existing: dict[Size, StoredVariant]) -> list[Size]:
        wanted = self._report.source_id
        return [
            size
            for size in self._wanted
            if size not in existing
            or existing[size].source_id != wanted
            or existing[size].recipe != self._recipe(size)
        ]

    def _write(
        self, wanted: Sequence[Size], existing: dict[Size, StoredVariant]
    ) -> None:
        """All variants at once: an answer of S3's takes longer than most pictures."""
        source = self._report.source_id or ""
        original = self._original.original
        given = original.carried_over if original else NOTHING_CARRIED_OVER

        def write(size: Size) -> None:
            variant, variant_key = self._original.made[size], self._variant_keys[size]
            ours = _metadata(source, variant, self._recipe(size))
            carried = CarriedOver(given.fields, given.metadata | ours)
            body, content_type = variant.body, variant.content_type
            if size.suffix:
                body, content_type = self._manifest(variant, existing), CONTENT_TYPE
                carried = carried.for_manifest()
            self._store.put_variant(
                variant_key, body, content_type, carried, existing.get(size)
            )
            self._report.written.append(variant_key)
            self._report.bytes_written += len(body)

        with self._report.timed("write"):
            _in_parallel(write, [size for size in wanted if not size.suffix])
            # Last: who is told of the manifest finds all that it speaks of.
            _in_parallel(write, [size for size in wanted if size.suffix])

    def _recipe(self, size: Size) -> str:
        return recipe_of(size, self._wanted, self._store.carry_over)

    def _manifest(
        self, placeholder: Variant, existing: dict[Size, StoredVariant]
    ) -> bytes:
        """What is said of all sizes, those just made and those that stay."""
        report = self._report
        about: dict[str, str | int] = {
            "key": self._key,
            "id": report.source_id or "",
            "bytes": report.source_bytes or 0,
        }
        sizes = [size for size in self._wanted if not size.suffix]
        source = report.source_info or SourceInfo("", 1, 1)
        kept = animation.is_within_limits(source, self._config.limits)

        def animated(size: Size, content_type: str) -> bool:
            return kept and animation.is_requested(size, source, content_type)

        found = variant_facts(self._key, sizes, self._original.made, existing, animated)
        return compose(about, source, found, placeholder)

    def _mirror_delete(self, existing: dict[Size, StoredVariant]) -> bool:
        if not existing or not self._config.mirror_deletes:
            self._report.skipped = KEPT if existing else GONE
            return True
        try:
            # Only a GET tells a missing object from a missing bucket.
            return not self._original.download() and self._remove(existing)
        except Rejected:  # so there is one again
            return False

    def _variants_to_delete(
        self, existing: dict[Size, StoredVariant], rejection: Rejected
    ) -> dict[Size, StoredVariant]:
        """What a rejected original may not keep: an archived one keeps its own."""
        if not isinstance(rejection, ArchivedObject):
            return existing
        source = self._report.source_id
        return {
            size: found for size, found in existing.items() if found.source_id != source
        }

    def _remove(self, existing: dict[Size, StoredVariant]) -> bool:
        if not existing:
            return True

        def remove(size: Size) -> None:
            self._store.delete_variant(self._variant_keys[size], existing[size])
            self._report.removed.append(self._variant_keys[size])

        with self._report.timed("remove"):
            _in_parallel(remove, list(existing))
        return self._original_unchanged()

    def _original_unchanged(self) -> bool:
        """Whether the original still is the one that this round went by."""
        with self._report.timed("recheck"):
            return self._store.head_original(self._key) == self._report.source_id


def _in_parallel(
    work: Callable[[_Item], _Result], items: Sequence[_Item]
) -> list[_Result]:
    """Every item's result; all are tried before the first error is raised."""
    if len(items) < 2:  # noqa: PLR2004 - one needs no thread
        return [work(item) for item in items]
    with ThreadPoolExecutor(MAX_PARALLEL_CALLS) as pool:
        calls = [pool.submit(work, item) for item in items]
    return [call.result() for call in calls]


def _metadata(source: str, variant: Variant, made_by: str) -> dict[str, str]:
    """Where a variant comes from; ASCII, as S3 wants metadata."""
    return {
        "source": source,
        "recipe": made_by,
        "prefix": variant.size.name,
        "geometry": variant.size.geometry.text,
        "width": str(variant.width),
        "height": str(variant.height),
    }
