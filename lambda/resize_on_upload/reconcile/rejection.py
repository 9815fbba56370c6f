"""The object that says why an original was rejected: config/rejection.schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import Failed
from ..sizes.size import REJECTION
from ..storage.carry_over import CarriedOver
from .recipe import combined_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..errors import Rejected
    from ..storage.objects import StoredVariant
    from .config import ReconcileConfig
    from .report import Report

MAX_MESSAGE_CHARACTERS = 1_000

_CONTENT_TYPE = "application/json"

_CACHE_CONTROL = "no-cache"
"""A later upload may be good."""


class StoredRejection:
    """One key's rejection in the resized bucket: found, written and deleted.

    Nobody looks for one at a new upload: a good one deletes whatever is there, and then
    looks whether it still is the original.

    Args:
        report: Its `source_id` is the original that a round works with.
    """

    def __init__(self, key: str, config: ReconcileConfig, report: Report) -> None:
        self._key, self._config, self._report = key, config, report
        self._place = REJECTION.variant_key(key)
        self._is_kept = config.keep_rejections and not REJECTION.key_too_long(key)
        self._found: StoredVariant | None = None
        self._is_known = not self._is_kept

    def find(self) -> None:
        """Look for it."""
        if not self._is_kept:
            return
        with self._report.timed("look"):
            self._found = self._config.store.head_variant(self._place)
        self._is_known = True

    @property
    def may_exist(self) -> bool:
        """Whether it was found, or nobody has looked."""
        return self._found is not None or not self._is_known

    def write(self, rejection: Rejected) -> bool:
        """Write it in place of the one that was found; False if that says the same.

        Raises:
            Contended: another one is there, perhaps because nobody has looked.
        """
        source_id = self._report.source_id or ""
        metadata = {
            "source": source_id,
            "recipe": combined_recipe(self._config.sizes),
            "code": rejection.reason,
        }
        if not self._is_kept or self._says(metadata):
            return False
        body = compose(self._key, source_id, rejection)
        fields = CarriedOver({"CacheControl": _CACHE_CONTROL}, metadata)
        with self._report.timed("write"):
            self._config.store.put_variant(
                self._place, body, _CONTENT_TYPE, fields, self._found
            )
        return True

    def _says(self, metadata: Mapping[str, str]) -> bool:
        found = self._found
        return found is not None and metadata == {
            "source": found.source_id,
            "recipe": found.recipe,
            "code": found.code,
        }

    def delete(self) -> bool:
        """Delete it; False if there was none.

        If nobody has looked, one that is about a newer original may be deleted: the
        original must be looked at again.

        Raises:
            Contended: another one is there by now.
        """
        if not self._is_known:
            return self._delete_any()
        if self._found is None:
            return False
        with self._report.timed("remove"):
            self._config.store.delete_variant(self._place, self._found)
        self._found = None
        return True

    def _delete_any(self) -> bool:
        """Delete it without a look; if S3 refuses, look: most keys have none."""
        try:
            is_deleted = self._config.store.delete_any(self._place)
        except Failed:
            self.find()
            self.delete()
            return True  # the refused call may have taken effect
        self._is_known = True
        return is_deleted


def compose(key: str, source_id: str, rejection: Rejected) -> bytes:
    """The document: the same for the same original and reason, without a time."""
    document = {
        "version": 1,
        "key": key,
        "source": source_id,
        "code": rejection.reason,
        "message": str(rejection)[:MAX_MESSAGE_CHARACTERS],
    }
    return json.dumps(document, indent=1).encode()
