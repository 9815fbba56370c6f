"""The queue of rejected uploads: a record each, for people and `redrive`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import QueueUnavailable
from ..reconcile.recipe import combined_recipe
from ..storage.source_id import UNVERSIONED_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..errors import Rejected
    from ..events.envelopes import Change
    from ..sizes.size import Size

_MAX_DETAIL_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Rejections:
    """Where records go.

    Attributes:
        client: A boto3 SQS client.
        url: The queue's.
    """

    client: Any
    url: str

    def send(self, record: dict[str, Any]) -> None:
        """Put a record into the queue.

        Raises:
            QueueUnavailable: it is not in the queue; the upload must come again.
        """
        try:
            self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps(record))
        except (ClientError, BotoCoreError) as error:
            msg = (
                f"sqs:SendMessage to {self.url} failed: {error}. The function's role "
                "needs it to keep a record of rejected uploads"
            )
            raise QueueUnavailable(msg) from error


def rejection_record(
    change: Change, source: str | None, rejection: Rejected, sizes: Iterable[Size]
) -> dict[str, Any]:
    """What is kept of a rejected upload.

    `source` and `recipes` say what was rejected by what: another original under the
    key, or other sizes, and the record speaks of the past.
    """
    version = source if source and not source.startswith(UNVERSIONED_PREFIX) else None
    return {
        "bucket": change.bucket,
        "key": change.key,
        "version": version,
        "source": source,
        "recipes": combined_recipe(sizes),
        "code": rejection.code,
        "detail": str(rejection)[:_MAX_DETAIL_CHARACTERS],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
