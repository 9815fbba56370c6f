"""One round of reconciling a key: look, make what is missing, check again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ArchivedObject, Contended, Rejected
from ..reasons import Reason
from ..sizes.size import sizes_for_key
from .original import OriginalImage
from .variants import Variants

if TYPE_CHECKING:
    from ..sizes.size import Size
    from ..storage.objects import StoredVariant
    from .config import ReconcileConfig
    from .report import Report


class Reconciliation:
    """What the rounds of one key share.

    Attributes:
        rejection: Why the last round found that the original cannot be resized.
    """

    def __init__(self, key: str, config: ReconcileConfig, report: Report) -> None:
        self._config, self._report = config, report
        self._sizes = sizes_for_key(config.sizes, key)
        self._original = OriginalImage(key, self._sizes, config, report)
        self._variants = Variants(key, self._sizes, config, self._original, report)
        self.rejection: Rejected | None = None

    def run_round(self, *, assume_new: bool) -> bool:
        """Run one round; True if the original did not change during it."""
        try:
            return self._first_round() if assume_new else self._round()
        except Contended:
            return False

    def _first_round(self) -> bool:
        """Optimistic: assume that no variant exists yet; False if that leads nowhere.

        If one exists, the write on top of it fails. Sizes that the key no longer gets
        are not written, so only those are looked for.
        """
        if self._variants.find(s for s in self._config.sizes if s not in self._sizes):
            return False
        if not self._sizes:
            self._report.skipped = Reason.NO_MATCHING_SIZE
            return True
        try:
            if not self._original.download():
                return False
            self._original.make_variants(self._sizes)
        except Rejected:
            return False
        self._variants.write(self._sizes, {})
        return self._original.is_unchanged()

    def _round(self) -> bool:
        existing = self._variants.find(self._config.sizes)
        self.rejection, self._report.skipped = None, None
        if not self._original.look_up():
            return self._mirror_delete(existing)
        stale = self._variants.stale(existing)
        unwanted = {s: one for s, one in existing.items() if s not in self._sizes}
        if not stale:
            return self._nothing_to_make(unwanted)
        try:
            if not self._original.is_current():
                if not self._original.download():
                    return False
                stale = self._variants.stale(existing)  # the download may be newer
            self._original.make_variants(stale)
        except Rejected as error:
            self.rejection = error
            return self._delete(self._variants_to_delete(existing, error))
        self._variants.write(stale, existing)
        return self._delete(unwanted) and self._original.is_unchanged()

    def _nothing_to_make(self, unwanted: dict[Size, StoredVariant]) -> bool:
        if not (unwanted or self._report.written):
            skipped = Reason.UP_TO_DATE if self._sizes else Reason.NO_MATCHING_SIZE
            self._report.skipped = skipped
        return self._delete(unwanted)

    def _mirror_delete(self, existing: dict[Size, StoredVariant]) -> bool:
        if not existing:
            self._report.skipped = Reason.NO_ORIGINAL
            return True
        if not self._config.mirror_deletes:
            self._report.skipped = Reason.DELETES_NOT_MIRRORED
            return True
        try:
            # Only a GET distinguishes a missing object from a missing bucket.
            return not self._original.download() and self._delete(existing)
        except Rejected:  # so there is an original again
            return False

    def _variants_to_delete(
        self, existing: dict[Size, StoredVariant], rejection: Rejected
    ) -> dict[Size, StoredVariant]:
        """Variants to delete after a rejection; an archived original keeps its own."""
        if not isinstance(rejection, ArchivedObject):
            return existing
        source_id = self._report.source_id
        return {s: one for s, one in existing.items() if one.source_id != source_id}

    def _delete(self, existing: dict[Size, StoredVariant]) -> bool:
        if not existing:
            return True
        self._variants.delete(existing)
        return self._original.is_unchanged()
