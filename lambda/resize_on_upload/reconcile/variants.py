"""One key's variants in the resized bucket: found, compared, written and deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..imaging.output import animation
from ..imaging.results import SourceInfo
from ..sizes.size import REQUEST, UPLOAD
from .description.manifest import CONTENT_TYPE, compose, variant_facts
from .description.metadata import metadata, version
from .parallel import in_parallel
from .recipe import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..imaging.results import Variant
    from ..sizes.size import Size
    from ..storage.objects import StoredVariant
    from .config import ReconcileConfig
    from .original import OriginalImage
    from .report import Report


class Variants:
    """The resized bucket's objects for one key; S3 is called for several at once.

    Args:
        sizes: Those the key gets; `config` has all of them.
        original: Holds the variants made so far.
        report: Filled in with what was written and deleted.
    """

    def __init__(
        self,
        key: str,
        sizes: Sequence[Size],
        config: ReconcileConfig,
        original: OriginalImage,
        report: Report,
    ) -> None:
        self._key, self._sizes, self._config = key, sizes, config
        self._store = config.store
        self._original, self._report = original, report

    def find(
        self, sizes: Iterable[Size], *others: Callable[[], object]
    ) -> dict[Size, StoredVariant]:
        """The existing ones; a size whose key would be too long for S3 has none.

        Args:
            sizes: Those to look for.
            others: Calls to make at the same time.
        """
        possible = [size for size in sizes if not size.key_too_long(self._key)]
        if not (possible or others):
            return {}
        with self._report.timed("look"):
            found = in_parallel(
                lambda size: self._store.head_variant(size.variant_key(self._key)),
                possible,
                *others,
            )
        return {s: one for s, one in zip(possible, found, strict=True) if one}

    def to_make(self, existing: dict[Size, StoredVariant]) -> list[Size]:
        """The sizes to make: missing, of another original or of another recipe."""
        return [
            size
            for size in self._sizes
            if size.make == UPLOAD
            and not (size in existing and self._is_current(size, existing[size]))
        ]

    def unwanted(
        self, existing: dict[Size, StoredVariant]
    ) -> dict[Size, StoredVariant]:
        """Variants to delete: of sizes that the key does not get, or stale ones.

        A size that is made on request is deleted when it is stale, not made again.
        """
        return {
            size: one
            for size, one in existing.items()
            if size not in self._sizes
            or (size.make == REQUEST and not self._is_current(size, one))
        }

    def _is_current(self, size: Size, variant: StoredVariant) -> bool:
        return (
            variant.source_id == self._report.source_id
            and variant.recipe == self._recipe(size)
        )

    def write(
        self,
        sizes: Sequence[Size],
        existing: dict[Size, StoredVariant],
        unwanted: dict[Size, StoredVariant],
        *others: Callable[[], object],
    ) -> None:
        """Write the variants made of `sizes`, and delete those that are `unwanted`.

        The manifest is written last. By then, every variant that it lists is current,
        or missing because it is made on request. `others` are calls to make before.

        Raises:
            Contended: another one is there by now; all others were still tried.
        """
        manifests = [size for size in sizes if size.suffix]
        images = [size for size in sizes if not size.suffix]
        self._write_each(images, existing, *others)
        self.delete(unwanted)
        self._write_each(manifests, existing)

    def delete(self, existing: dict[Size, StoredVariant]) -> None:
        """Delete the variants, if they still are what was found.

        Raises:
            Contended: one is not; all others were still tried.
        """
        if not existing:
            return
        with self._report.timed("remove"):
            in_parallel(lambda size: self._delete(size, existing[size]), [*existing])

    def _write_each(
        self,
        sizes: Sequence[Size],
        existing: dict[Size, StoredVariant],
        *others: Callable[[], object],
    ) -> None:
        if not (sizes or others):
            return
        with self._report.timed("write"):
            in_parallel(lambda size: self._write(size, existing), sizes, *others)

    def _delete(self, size: Size, existing: StoredVariant) -> None:
        variant_key = size.variant_key(self._key)
        self._note_replaced(existing)
        self._store.delete_variant(variant_key, existing)
        self._report.removed.append(variant_key)

    def _write(self, size: Size, existing: dict[Size, StoredVariant]) -> None:
        variant, variant_key = self._original.made[size], size.variant_key(self._key)
        body, content_type = variant.body, variant.content_type
        given = self._original.carried_over
        rules = self._store.carry_over
        made_by = self._recipe(size)
        own = metadata(self._key, variant, self._source_id, made_by, rules)
        carried_over = replace(given, metadata=given.metadata | own)
        if size.suffix:
            body, content_type = self._manifest(variant, existing), CONTENT_TYPE
            carried_over = carried_over.for_manifest()
        self._note_replaced(existing.get(size))
        self._store.put_variant(
            variant_key, body, content_type, carried_over, existing.get(size)
        )
        exceeds = variant.exceeds_max_bytes
        self._report.add_written(variant_key, len(body), exceeds_max_bytes=exceeds)

    def _note_replaced(self, existing: StoredVariant | None) -> None:
        """Before the call: if S3's response is lost, it may still have taken effect."""
        if existing and existing.source_id != self._report.source_id:
            self._report.replaced = True

    def _recipe(self, size: Size) -> str:
        return recipe_of(size, self._sizes, self._store.carry_over)

    @property
    def _source_id(self) -> str:
        return self._report.source_id or ""

    def _url(self, size: Size) -> str:
        """Where pages request a variant; empty if its URLs have no versions."""
        if not self._store.carry_over.versions:
            return ""
        path = quote(size.variant_key(self._key), safe="/")
        return f"{path}?v={version(self._source_id, size, self._store.carry_over)}"

    def _manifest(
        self, placeholder: Variant, existing: dict[Size, StoredVariant]
    ) -> bytes:
        """The manifest of all variants, new and existing ones."""
        report = self._report
        source = report.source_info or SourceInfo("png", 1, 1)
        kept = animation.is_within_limits(source, self._config.limits)

        def animated(size: Size, content_type: str) -> bool:
            return kept and animation.is_requested(size, source, content_type)

        images = [size for size in self._sizes if not size.suffix]
        # One that is made on request may have too long a key: there is no such URL.
        listed = [s for s in images if not s.key_too_long(self._key)]
        listed = listed or images  # pages rely on one at least
        found: dict[Size, Variant | StoredVariant] = {**existing, **self._original.made}
        facts = variant_facts(self._key, listed, source, found, animated)
        with_urls = (
            replace(fact, url=self._url(size))
            for size, fact in zip(listed, facts, strict=True)
        )
        about = self._original.about(placeholder.size)
        base_url = self._store.carry_over.base_url
        return compose(about, source, with_urls, placeholder, base_url)
