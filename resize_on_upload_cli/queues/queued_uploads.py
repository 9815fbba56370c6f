"""The uploads in the failed and the rejected queue, and rejections in their bucket."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from resize_on_upload.errors import UnknownEvent
from resize_on_upload.events.envelopes import changes, reconcile_event
from resize_on_upload.sizes.size import REJECTION
from resize_on_upload_cli.queues.queue import Queue
from resize_on_upload_cli.stack import listing
from resize_on_upload_cli.stack.parallel import map_parallel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cli.queues.message import Message
    from resize_on_upload_cli.stack.deployment import Deployment

AT_ONCE = 4
"""Calls that receive at the same time, if nothing but reading takes time."""

_FAILED = "failed as often as the queue of uploads allows; the log says why"


@dataclass(frozen=True, slots=True)
class QueuedUpload:
    """An upload that failed or was rejected.

    Attributes:
        message: In the queue; None for an object in the resized bucket.
        keys: Usually one; none if the event was not understood.
        code: The code of the rejection, or the failure's message.
        event: What to invoke the function with.
        text: Why, for people; for a failure the same as its code.
    """

    message: Message | None
    keys: tuple[str, ...]
    code: str
    event: Any
    text: str = ""


def queue(deployment: Deployment, name: str, *, pause: float = 0.0) -> Queue:
    """Return the queue `failed` or `rejected`.

    Args:
        deployment: Whose queue.
        name: Of the queue.
        pause: Seconds that may pass between two messages that are read.
    """
    url = deployment.outputs[f"{name.capitalize()}QueueUrl"]
    return Queue(deployment.client("sqs"), url, deployment.clock, pause=pause)


def parse(message: Message, bucket: str) -> QueuedUpload | None:
    """Parse the function's record of a rejection, or Lambda's or S3's of a failure.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    match message.body:
        case {"key": str(key), "code": str(code)}:
            event = reconcile_event(bucket, key)
            detail = str(message.body.get("detail") or "")
            return QueuedUpload(message, (key,), code, event, detail)
        case {"requestPayload": event}:
            reason = _reason(message.body)
            return QueuedUpload(message, _keys(event), reason, event, reason)
        case {"Records": [_, *_]}:  # from the queue of uploads, where it failed
            keys = _keys(message.body)
            return QueuedUpload(message, keys, _FAILED, message.body, _FAILED)
        case _:
            return None


def failed_since(deployment: Deployment, time: float) -> set[str]:
    """Return the keys that came into the failed queue after a time, since 1970."""
    with queue(deployment, "failed").messages(wait=False, at_once=AT_ONCE) as messages:
        recent = (message for message in messages if message.sent >= time)
        uploads = (parse(message, deployment.original) for message in recent)
        return {key for upload in uploads if upload for key in upload.keys}


def in_bucket(deployment: Deployment, prefix: str = "") -> Iterator[QueuedUpload]:
    """Yield the rejections in the resized bucket: they do not expire as records do."""
    listed = listing.variants(deployment, REJECTION, prefix)
    found = map_parallel(partial(_in_bucket, deployment), (one.key for one in listed))
    return (one for one in found if one)


def _in_bucket(deployment: Deployment, key: str) -> QueuedUpload | None:
    found = deployment.headers.head_variant(REJECTION.variant_key(key))
    if found is None or not found.code:  # deleted meanwhile, or another program's
        return None
    event = reconcile_event(deployment.original, key)
    return QueuedUpload(None, (key,), found.code, event)


def _reason(record: dict[str, Any]) -> str:
    """Return the function's error, or what Lambda says of an event that it dropped."""
    match record:
        case {"responsePayload": {"errorMessage": str(message)}}:
            return message
        case {"requestContext": {"condition": str(condition)}}:
            return condition
    return "without a reason"


def _keys(event: Any) -> tuple[str, ...]:
    try:
        return tuple(change.key for change in changes(event))
    except UnknownEvent:
        return ()
