"""One round of reconciling a key: look, make what is missing, check again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ArchivedObject, Contended, DecodeTimeout, Rejected
from ..reasons import Reason
from ..sizes.size import UPLOAD, sizes_for_key
from .original import OriginalImage
from .rejection import StoredRejection
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
        self._on_upload = tuple(s for s in self._sizes if s.make == UPLOAD)
        self._original = OriginalImage(key, self._on_upload, config, report)
        self._variants = Variants(key, self._sizes, config, self._original, report)
        self._stored_rejection = StoredRejection(key, config, report)
        self._assumed_new = False
        self.rejection: Rejected | None = None

    def run_round(self, *, assume_new: bool) -> bool:
        """Run one round; True if the original did not change during it."""
        try:
            return self._first_round() if assume_new else self._round()
        except Contended:
            return False

    def _first_round(self) -> bool:
        """Optimistic: assume that no variant exists yet; False if that leads nowhere.

        If one exists, the write on top of it fails. Only sizes that are not written
        are looked for: what exists of them may have to be deleted.
        """
        self._assumed_new = True
        if not self._on_upload:
            return self._first_look()
        others = [s for s in self._config.sizes if s not in self._on_upload]
        if self._variants.find(others):
            return False
        try:
            if not self._original.download():
                return False
            self._original.make_variants(self._on_upload)
        except Rejected:
            return False
        self._variants.write(self._on_upload, {}, {}, self._stored_rejection.delete)
        return self._original.is_unchanged()

    def _first_look(self) -> bool:
        """Look only: nothing is made on upload, so nothing can be rejected."""
        if self._variants.find(self._config.sizes, self._stored_rejection.delete):
            return False
        self._report.skipped = self._nothing_on_upload()
        return True

    def _round(self) -> bool:
        existing = self._find()
        self.rejection, self._report.skipped = None, None
        if not self._original.look_up():
            return self._mirror_delete(existing)
        to_make = self._variants.to_make(existing)
        if not to_make:
            return self._nothing_to_make(self._variants.unwanted(existing))
        try:
            if not self._original.is_current():
                if not self._original.download():
                    return False
                # The download may be newer than what was looked up.
                to_make = self._variants.to_make(existing)
            self._original.make_variants(to_make)
        except Rejected as error:
            self.rejection = error
            return self._reject(self._variants_to_delete(existing, error), error)
        unwanted = self._variants.unwanted(existing)
        self._variants.write(to_make, existing, unwanted, self._stored_rejection.delete)
        return self._original.is_unchanged()

    def _find(self) -> dict[Size, StoredVariant]:
        """Look at the variants, and at the rejection.

        Not at that of an upload that replaces variants: it most likely has none.
        """
        existing = self._variants.find(self._config.sizes)
        if not (existing and self._assumed_new):
            self._stored_rejection.find()
        self._assumed_new = False
        return existing

    def _nothing_on_upload(self) -> Reason:
        return Reason.MADE_ON_REQUEST if self._sizes else Reason.NO_MATCHING_SIZE

    def _nothing_to_make(self, unwanted: dict[Size, StoredVariant]) -> bool:
        if not (unwanted or self._report.written):
            self._report.skipped = (
                Reason.UP_TO_DATE if self._on_upload else self._nothing_on_upload()
            )
        return self._delete(unwanted)

    def _mirror_delete(self, existing: dict[Size, StoredVariant]) -> bool:
        if not existing:
            self._report.skipped = Reason.NO_ORIGINAL
        elif not self._config.mirror_deletes:
            self._report.skipped = Reason.DELETES_NOT_MIRRORED
            existing = {}
        if not (self._stored_rejection.may_exist or existing):
            return True
        try:
            # Only a GET distinguishes a missing object from a missing bucket.
            return not self._original.download() and self._delete(existing)
        except Rejected:  # so there is an original again
            return False

    def _variants_to_delete(
        self, existing: dict[Size, StoredVariant], rejection: Rejected
    ) -> dict[Size, StoredVariant]:
        """Variants to delete after a rejection.

        An original keeps its own if they are right, and only a new one cannot be made:
        it is archived, or the sizes have become more than fit into the time.
        """
        if not isinstance(rejection, ArchivedObject | DecodeTimeout):
            return existing
        source_id = self._report.source_id
        return {s: one for s, one in existing.items() if one.source_id != source_id}

    def _reject(self, existing: dict[Size, StoredVariant], rejection: Rejected) -> bool:
        self._variants.delete(existing)
        if self._stored_rejection.write(rejection) or existing:
            return self._original.is_unchanged()
        return True

    def _delete(self, existing: dict[Size, StoredVariant]) -> bool:
        self._variants.delete(existing)
        if self._stored_rejection.delete() or existing:
            return self._original.is_unchanged()
        return True
