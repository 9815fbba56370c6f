"""Any envelope around S3's event, opened down to the uploads it speaks of.

S3 invokes the function directly; SQS, SNS and EventBridge may stand in between, in
any nesting. Formats:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from .errors import UnknownEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 4  # EventBridge or S3, through SNS, into SQS; one to spare


@dataclass(frozen=True, slots=True)
class Upload:
    """One object that S3 says was written.

    Attributes:
        bucket: Where; not yet checked to be ours.
        key: The object's key as uploaded, decoded once.
        version_id, sequencer: As the event has them; logged, never trusted.
    """

    bucket: str
    key: str
    version_id: str | None = None
    sequencer: str | None = None


def uploads(event: object) -> list[Upload]:
    """The uploads an invocation speaks of; none for a test event or a deletion.

    Raises:
        UnknownEvent: it is no envelope we know, so nothing may be assumed of it.
    """
    try:
        return list(_uploads(event, _DEEPEST))
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"the event is malformed: {type(error).__name__} {error}"
        raise UnknownEvent(msg) from error


def _uploads(event: Any, depth: int) -> Iterator[Upload]:
    if depth == 0:
        msg = f"the event is wrapped more than {_DEEPEST} times"
        raise UnknownEvent(msg)
    match event:
        case {"Records": list(records)}:
            for record in records:
                yield from _from_record(record, depth)
        case {"source": "aws.s3", "detail-type": str(), "detail": dict()}:
            yield from _from_eventbridge(event)
        case {"Event": "s3:TestEvent"}:
            return
        case {"Type": "Notification", "Message": str(message)}:  # SNS inside SQS
            yield from _uploads(_json(message), depth - 1)
        case _:
            msg = f"this is no S3, SQS, SNS or EventBridge event: {_outline(event)}"
            raise UnknownEvent(msg)


def _from_record(record: dict[str, Any], depth: int) -> Iterator[Upload]:
    match record:
        case {"eventSource": "aws:s3"}:
            yield from _from_s3(record)
        case {"eventSource": "aws:sqs", "body": str(body)}:
            yield from _uploads(_json(body), depth - 1)
        case {"EventSource": "aws:sns", "Sns": {"Message": str(message)}}:
            yield from _uploads(_json(message), depth - 1)
        case _:
            msg = f"the record is of no source we know: {_outline(record)}"
            raise UnknownEvent(msg)


def _from_s3(record: dict[str, Any]) -> Iterator[Upload]:
    if not record["eventName"].startswith("ObjectCreated:"):
        return
    s3 = record["s3"]
    yield Upload(
        bucket=s3["bucket"]["name"],
        key=unquote_plus(s3["object"]["key"]),  # form-encoded: "a b+c" is a+b%2Bc
        version_id=s3["object"].get("versionId"),
        sequencer=s3["object"].get("sequencer"),
    )


def _from_eventbridge(event: dict[str, Any]) -> Iterator[Upload]:
    if event["detail-type"] != "Object Created":
        return
    detail = event["detail"]
    yield Upload(
        bucket=detail["bucket"]["name"],
        key=detail["object"]["key"],  # EventBridge does not encode keys
        version_id=detail["object"].get("version-id"),
        sequencer=detail["object"].get("sequencer"),
    )


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        msg = f"the message inside the envelope is not JSON: {error}"
        raise UnknownEvent(msg) from error


def _outline(event: object) -> str:
    """The event's keys, never its content: events do not belong into logs."""
    keys = sorted(map(str, event)) if isinstance(event, dict) else type(event).__name__
    return str(keys)[:200]
