"""What became of a picture, told to EventBridge: config/event.schema.json.

An event says what is, not what was done: whoever comes to the end of a key tells it,
also where another invocation did the work and died before it told.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import BusUnavailable
from ..events.envelopes import EVENT_SOURCE
from ..reconcile.round import EXCLUDED, KEPT
from ..sizes.size import MANIFEST

if TYPE_CHECKING:
    from ..reconcile.report import Report
    from ..storage.store import Store

RESIZED, REMOVED, REJECTED = "Image Resized", "Image Removed", "Image Rejected"
"""Detail types."""

MAX_MANIFEST_BYTES = 200 * 1024
"""Bytes of a manifest that an event may hold, beside three keys and what JSON adds: an
entry has 256 KB. Fifty sizes of a long key can be more.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""

_NO_EVENT = (EXCLUDED, KEPT)


class CompletionEvents(Protocol):
    """Who is told of the end of every key."""

    def completed(self, key: str, report: Report) -> None:
        """The resized bucket holds what it should for `key`."""

    def rejected(self, record: dict[str, Any]) -> None:
        """An upload cannot be resized; its record is in the queue."""


class NoEvents:
    """Nobody is told."""

    def completed(self, key: str, report: Report) -> None:
        """Say nothing."""

    def rejected(self, record: dict[str, Any]) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class EventBridge:
    """The account's default event bus is told.

    Every method raises BusUnavailable where it did not take an event; the upload must
    come again, and its event with it.

    Attributes:
        client: A boto3 EventBridge client.
        store: Where manifests are read.
    """

    client: Any
    store: Store

    def completed(self, key: str, report: Report) -> None:
        """Tell of a key's manifest, as it lies there now, or that nothing does."""
        if report.skipped in _NO_EVENT or key.endswith("/"):
            return
        detail: dict[str, Any] = {
            "bucket": self.store.original_bucket,
            "key": key,
            "resized_bucket": self.store.resized_bucket,
        }
        place = MANIFEST.variant_key(key)
        if manifest := self.store.get_variant(place):
            detail["manifest_key"] = place
            if len(manifest) <= MAX_MANIFEST_BYTES:
                detail["manifest"] = json.loads(manifest)
            self._put(RESIZED, detail)
        elif report.removed or report.source_id is None:
            self._put(REMOVED, detail)

    def rejected(self, record: dict[str, Any]) -> None:
        """Tell what the record in the queue says."""
        self._put(REJECTED, record)

    def _put(self, kind: str, detail: dict[str, Any]) -> None:
        entry = {
            "Source": EVENT_SOURCE,
            "DetailType": kind,
            "Detail": json.dumps(detail, ensure_ascii=False),
        }
        try:
            answer = self.client.put_events(Entries=[entry])
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(str(error)) from error
        if answer["FailedEntryCount"]:
            (refused,) = answer["Entries"]
            msg = f"{refused['ErrorCode']}: {refused['ErrorMessage']}"
            raise _unavailable(msg)


def _unavailable(why: str) -> BusUnavailable:
    return BusUnavailable(
        f"events:PutEvents on the default event bus failed: {why}. The function's role "
        "needs it to tell what became of uploads"
    )
