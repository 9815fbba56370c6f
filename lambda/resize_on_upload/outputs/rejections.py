"""The queue of rejected uploads: one record each, for people and for `redrive`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import QueueUnavailable
from ..reconcile.recipe import combined_recipe
from ..reconcile.rejection import MAX_MESSAGE_CHARACTERS
from ..storage.source_id import UNVERSIONED_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_sqs import SQSClient

    from ..errors import Rejected
    from ..events.envelopes import Change
    from ..sizes.size import Size


@dataclass(frozen=True, slots=True)
class Rejections:
    """The queue.

    Attributes:
        url: The queue's URL.
    """

    client: SQSClient
    url: str

    def send(self, record: dict[str, Any]) -> None:
        """Add a record to the queue.

        Raises:
            QueueUnavailable: it could not be added; the upload must be retried.
        """
        try:
            self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps(record))
        except (ClientError, BotoCoreError) as error:
            msg = (
                f"sqs:SendMessage to {self.url} failed: {error}. To keep a record of "
                "rejected uploads, the queue must exist, and the function's role needs "
                "this permission"
            )
            raise QueueUnavailable(msg) from error


def rejection_record(
    change: Change, source_id: str | None, rejection: Rejected, sizes: Iterable[Size]
) -> dict[str, Any]:
    """The record of a rejected upload.

    Its `source` and `recipes` name the original and the sizes: once either of them
    changes, the record is out of date.
    """
    versioned = source_id and not source_id.startswith(UNVERSIONED_PREFIX)
    return {
        "bucket": change.bucket,
        "key": change.key,
        "version": source_id if versioned else None,
        "source": source_id,
        "recipes": combined_recipe(sizes),
        "code": rejection.reason,
        "detail": str(rejection)[:MAX_MESSAGE_CHARACTERS],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
