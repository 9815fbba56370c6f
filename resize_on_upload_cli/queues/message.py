"""A received message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef


@dataclass(frozen=True, slots=True)
class Message:
    """A received message.

    Attributes:
        receipt: What SQS needs to hide or delete it.
        sent: Seconds since 1970.
    """

    id: str
    body: dict[str, Any]
    receipt: str
    sent: float


def parse(received: MessageTypeDef) -> Message:
    """Parse what SQS returns; a body that is not understood is kept as a text."""
    return Message(
        id=received["MessageId"],
        body=_parsed(received["Body"]),
        receipt=received["ReceiptHandle"],
        sent=int(received["Attributes"]["SentTimestamp"]) / 1_000,
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"unreadable": text}
