"""S3's events, unwrapped from any envelope, as changes of keys.

S3 invokes the function directly, or through SQS, SNS and EventBridge in any nesting.
Formats:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

So are Lambda's records of failed invocations: `redrive failed` has SQS move them, with
S3's events, from the failed queue to the queue of uploads.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from ..errors import UnknownEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT_SOURCE = "resize-on-upload"
"""The `source` of events that this project's tools send and its function publishes."""

_MAX_DEPTH = 4  # EventBridge or S3, through SNS, into SQS; one in reserve

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
_CREATED = "ObjectCreated:"
_REMOVED = ("ObjectRemoved:", "LifecycleExpiration:DeleteMarkerCreated")
_OTHER_EVENTS = ("ObjectRemoved:", "LifecycleExpiration:", "ObjectRestore:Completed")
_DETAIL_TYPES = (
    "Object Created",
    "Object Deleted",
    "Object Restore Completed",
    "Reconcile",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One key that an event names.

    Attributes:
        bucket: Not yet compared with the configured one.
        key: The object's key as uploaded, decoded once.
        created: Whether it was a write: a hint that the key may be new.
        removed: Whether the current object was deleted. Of an expiry that may be of an
            earlier version, it is not known.
        account: The sender, if the envelope names it; not yet checked either.
        version_id, sequencer: As in the event; logged, never trusted.
    """

    bucket: str
    key: str
    created: bool = False
    removed: bool = False
    account: str | None = None
    version_id: str | None = None
    sequencer: str | None = None


def changes(event: object) -> list[Change]:
    """The changes in an event; empty for a test event or a new tag.

    Raises:
        UnknownEvent: the event is not supported, so nothing may be assumed about it.
    """
    try:
        found = list(_changes(event, _MAX_DEPTH))
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"the event is malformed: {type(error).__name__} {error}"
        raise UnknownEvent(msg) from error
    if not all(
        isinstance(text, str) for one in found for text in (one.bucket, one.key)
    ):
        msg = "the event is malformed: the name of a bucket or a key is not a string"
        raise UnknownEvent(msg)
    return found


def reconcile_event(bucket: str, key: str) -> dict[str, Any]:
    """The event with which a tool requests that one key is reconciled."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    return {"source": EVENT_SOURCE, "detail-type": "Reconcile", "detail": detail}


def _changes(event: Any, depth: int) -> Iterator[Change]:
    if depth == 0:
        msg = f"the event is wrapped more than {_MAX_DEPTH} times"
        raise UnknownEvent(msg)
    match event:
        case {"Records": list(records)}:
            for record in records:
                yield from _from_record(record, depth)
        case {
            "source": "aws.s3" | "resize-on-upload",
            "detail-type": str(),
            "detail": dict(),
        }:
            yield from _from_eventbridge(event)
        case {"Event": "s3:TestEvent"}:
            return
        case {"Type": "Notification", "Message": str(message)}:  # SNS inside SQS
            yield from _changes(from_json(message), depth - 1)
        case {"requestContext": dict(), "requestPayload": payload}:
            yield from _changes(payload, depth - 1)
        case _:
            msg = f"not an S3, SQS, SNS or EventBridge event: {_outline(event)}"
            raise UnknownEvent(msg)


def _from_record(record: dict[str, Any], depth: int) -> Iterator[Change]:
    match record:
        case {"eventSource": "aws:s3"}:
            yield from _from_s3(record)
        case {"eventSource": "aws:sqs", "body": str(body)}:
            yield from _changes(from_json(body), depth - 1)
        case {"EventSource": "aws:sns", "Sns": {"Message": str(message)}}:
            yield from _changes(from_json(message), depth - 1)
        case _:
            msg = f"the record has an unknown source: {_outline(record)}"
            raise UnknownEvent(msg)


def _from_s3(record: dict[str, Any]) -> Iterator[Change]:
    name = record["eventName"].removeprefix("s3:")
    if not name.startswith((_CREATED, *_OTHER_EVENTS)):
        return
    s3 = record["s3"]
    yield Change(
        bucket=s3["bucket"]["name"],
        key=unquote_plus(s3["object"]["key"]),  # form-encoded: "a b+c" is a+b%2Bc
        created=name.startswith(_CREATED),
        removed=name.startswith(_REMOVED),
        version_id=s3["object"].get("versionId"),
        sequencer=s3["object"].get("sequencer"),
    )


def _from_eventbridge(event: dict[str, Any]) -> Iterator[Change]:
    if event["detail-type"] not in _DETAIL_TYPES:
        return
    detail = event["detail"]
    yield Change(
        bucket=detail["bucket"]["name"],
        key=detail["object"]["key"],  # EventBridge does not encode keys
        created=event["detail-type"] == "Object Created",
        removed=_is_removed(event["detail-type"], detail),
        account=event.get("account"),
        version_id=detail["object"].get("version-id"),
        sequencer=detail["object"].get("sequencer"),
    )


def _is_removed(detail_type: str, detail: dict[str, Any]) -> bool:
    if detail_type != "Object Deleted":
        return False
    marker = detail.get("deletion-type") == "Delete Marker Created"
    return marker or detail.get("reason") != "Lifecycle Expiration"


def from_json(text: str) -> object:
    """The content of a message inside an envelope.

    Raises:
        UnknownEvent: it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"the message inside the envelope is not JSON: {error}"
        raise UnknownEvent(msg) from error


def _outline(event: object) -> str:
    """The event's keys, never its content: events do not belong in logs."""
    keys = sorted(map(str, event)) if isinstance(event, dict) else type(event).__name__
    return str(keys)[:200]
