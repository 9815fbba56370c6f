"""The object that says why an original was rejected: config/rejection.schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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

    Nobody looks before a new upload, so one may be left that a good upload has put out
    of date. Its `source` then is not that of the original.

    Args:
        report: Its `source_id` is the original that a round works with.
    """

    def __init__(self, key: str, config: ReconcileConfig, report: Report) -> None:
        self._key, self._config, self._report = key, config, report
        self._place = REJECTION.variant_key(key)
        self._is_kept = config.keep_rejections and not REJECTION.key_too_long(key)
        self._found: StoredVariant | None = None

    def assume_none(self) -> None:
        """Do not look: if there is one, writing another fails, and a round looks."""
        self._found = None

    def find(self) -> None:
        """Look for it."""
        self._found = None
        if self._is_kept:
            with self._report.timed("look"):
                self._found = self._config.store.head_variant(self._place)

    @property
    def exists(self) -> bool:
        """Whether it was found."""
        return self._found is not None

    def write(self, rejection: Rejected) -> bool:
        """Write it in place of the one that was found; False if that says the same.

        Raises:
            Contended: another one is there by now.
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
        """Delete the one that was found; False if none was.

        Raises:
            Contended: another one is there by now.
        """
        if self._found is None:
            return False
        with self._report.timed("remove"):
            self._config.store.delete_variant(self._place, self._found)
        return True


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
