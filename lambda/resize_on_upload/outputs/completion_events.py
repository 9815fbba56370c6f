"""Each key's final outcome, published to EventBridge: config/event.schema.json.

An event describes the current state, not the action taken: every invocation that
completes a key publishes it, even if another one did the work and died before it did.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import BusUnavailable
from ..events.envelopes import EVENT_SOURCE
from ..reasons import Reason
from ..sizes.size import MANIFEST

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from ..reconcile.report import Report
    from ..storage.store import Store

RESIZED, REMOVED, REJECTED = "Image Resized", "Image Removed", "Image Rejected"
"""Detail types."""

MAX_MANIFEST_BYTES = 200 * 1024
"""Of a manifest inside an event. An entry holds 256 KB, three keys and JSON's escapes
included; the manifest of fifty sizes of a long key can be larger.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""

_NO_EVENT = (
    Reason.DELETES_NOT_MIRRORED,
    Reason.FOLDER_MARKER,
    Reason.NO_MATCHING_SIZE,
)


class CompletionEvents(Protocol):
    """Receives the final outcome of each key."""

    def completed(self, key: str, report: Report) -> None:
        """The variants of `key` are in line with its original."""

    def rejected(self, record: dict[str, Any]) -> None:
        """An upload cannot be resized; its record is in the queue."""


class NoEvents:
    """Publishes nothing."""

    def completed(self, key: str, report: Report) -> None:
        """Do nothing."""

    def rejected(self, record: dict[str, Any]) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class EventBridge:
    """Publishes to the account's default event bus.

    Every method raises BusUnavailable if the bus did not accept an event; the upload
    must be retried, and its event with it.

    Attributes:
        store: Manifests are read from it.
    """

    client: EventBridgeClient
    store: Store

    def completed(self, key: str, report: Report) -> None:
        """Publish the current manifest, or that the key has no variants left."""
        if report.skipped in _NO_EVENT:
            return
        detail: dict[str, Any] = {
            "bucket": self.store.original_bucket,
            "key": key,
            "resized_bucket": self.store.resized_bucket,
        }
        manifest_key = MANIFEST.variant_key(key)
        if manifest := self.store.get_variant(manifest_key):
            detail["manifest_key"] = manifest_key
            if len(manifest) <= MAX_MANIFEST_BYTES:
                detail["manifest"] = json.loads(manifest)
            self._put(RESIZED, detail)
        elif report.removed or report.source_id is None:
            self._put(REMOVED, detail)

    def rejected(self, record: dict[str, Any]) -> None:
        """Publish the queue's record, with the log's names of its cause."""
        reason = {"reason": record["code"], "message": record["detail"]}
        self._put(REJECTED, record | reason)

    def _put(self, kind: str, detail: dict[str, Any]) -> None:
        entry: PutEventsRequestEntryTypeDef = {
            "Source": EVENT_SOURCE,
            "DetailType": kind,
            "Detail": json.dumps(detail, ensure_ascii=False),
        }
        try:
            response = self.client.put_events(Entries=[entry])
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(str(error)) from error
        if response["FailedEntryCount"]:
            (failed,) = response["Entries"]
            reason = f"{failed['ErrorCode']}: {failed['ErrorMessage']}"
            raise _unavailable(reason)


def _unavailable(reason: str) -> BusUnavailable:
    return BusUnavailable(
        f"events:PutEvents on the default event bus failed: {reason}. The function's "
        "role needs it to publish the outcome of uploads"
    )
