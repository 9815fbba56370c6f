"""`redrive`: what failed or was rejected, once more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.errors import UnknownEvent
from resize_on_upload.events.envelopes import changes, reconcile_event
from tools.defaults import QUEUES
from tools.stack.queues import Queue
from tools.terminal import counted, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.stack.deployment import Deployment
    from tools.stack.queues import Message


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of either queue, and what it is about.

    Attributes:
        keys: Of the uploads; none where the event was not understood.
        code: Of the rejection, or the failure's own words.
        event: What to invoke the function with.
    """

    message: Message
    keys: tuple[str, ...]
    code: str
    event: Any


def run(  # noqa: PLR0913 - one an option
    deployment: Deployment,
    name: str,
    *,
    code: str | None,
    prefix: str,
    dry_run: bool,
    as_json: bool,
) -> bool:
    """Invoke again for every message that matches, then take it out.

    Lambda has accepted the invocation before the message goes: killed in between, it is
    done twice, which changes nothing.

    Returns:
        True where this was to be a dry run, and something matches.
    """
    client = deployment.client("sqs")
    queue = Queue(client, deployment.outputs[QUEUES[name]], deployment.clock)
    asked: dict[str, Kept] = {}
    with queue.messages() as messages:
        for kept in _matching(messages, deployment.original, code, prefix):
            event = json.dumps(kept.event)
            if event not in asked:  # a key may have been rejected more than once
                _tell(kept, as_json=as_json)
                if not dry_run:
                    _invoke(deployment, event)
            asked[event] = kept
            if not dry_run:
                queue.remove(kept.message)
    if not as_json:
        verb = "to be tried" if dry_run else "being tried"
        rest = {_event(one, deployment.original) for one in messages} - asked.keys()
        done = counted(len(asked), "upload")
        write(f"{done} {verb} again, {len(rest):,} others stay in the queue.")
    return dry_run and bool(asked)


def failed_since(deployment: Deployment, wall: float) -> set[str]:
    """The keys of all that has come into the failed queue since then."""
    url = deployment.outputs[QUEUES["failed"]]
    queue = Queue(deployment.client("sqs"), url, deployment.clock)
    with queue.messages(wait=False) as messages:
        recent = [message for message in messages if message.sent >= wall]
    kept = (_kept(message, deployment.original) for message in recent)
    return {key for one in kept if one for key in one.keys}


def _matching(
    messages: list[Message], bucket: str, code: str | None, prefix: str
) -> Iterator[Kept]:
    for message in messages:
        kept = _kept(message, bucket)
        if kept is None or (code and kept.code != code):
            continue
        if not prefix or any(key.startswith(prefix) for key in kept.keys):
            yield kept


def _kept(message: Message, bucket: str) -> Kept | None:
    """A record of outputs/rejections.py, or what Lambda writes of a failed invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    match message.body:
        case {"key": str(key), "code": str(code)}:
            return Kept(message, (key,), code, reconcile_event(bucket, key))
        case {"requestPayload": event}:
            answer = message.body.get("responsePayload") or {}
            return Kept(message, _keys(event), str(answer.get("errorMessage")), event)
        case _:
            return None


def _event(message: Message, bucket: str) -> str:
    """What tells one upload's messages from another's."""
    kept = _kept(message, bucket)
    return json.dumps(kept.event if kept else message.body)


def _keys(event: Any) -> tuple[str, ...]:
    try:
        return tuple(change.key for change in changes(event))
    except UnknownEvent:
        return ()


def _invoke(deployment: Deployment, event: str) -> None:
    deployment.client("lambda").invoke(
        FunctionName=deployment.outputs["FunctionName"],
        InvocationType="Event",
        Payload=event,
    )


def _tell(kept: Kept, *, as_json: bool) -> None:
    keys = ", ".join(kept.keys) or "an event that was not understood"
    if as_json:
        write_json({"keys": kept.keys, "code": kept.code})
    else:
        write(f"{keys}: {kept.code}")
