"""Upload to the deployed stack; read its log, its buckets and its queues."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

PREFIXES = ("150x", "50x50", "x150")
"""The sizes in config/sizes.json."""


def put(stack: Stack, key: str, body: bytes, **more: Any) -> None:
    """Upload to the original bucket."""
    stack.s3().put_object(Bucket=stack.original, Key=key, Body=body, **more)


def log_lines(stack: Stack, key: str) -> Iterator[dict[str, Any]]:
    """The key's log lines so far."""
    for text in stack.log().splitlines():
        if text.startswith("{") and (line := json.loads(text)).get("key") == key:
            yield line


def log_line(stack: Stack, key: str, number: int = 1) -> dict[str, Any]:
    """The key's log line of that number, from 1, once it is written."""
    return wait_for(
        lambda: list(log_lines(stack, key))[number - 1 : number],
        lambda: f"no log line {number} for {key!r}:\n{stack.log()[-3000:]}",
    )[0]


def resized(stack: Stack, key: str) -> dict[str, tuple[bytes, str]]:
    """Prefix → body and Content-Type of each object in the resized bucket for a key."""
    client = stack.s3()
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=stack.resized):
        for entry in page.get("Contents", ()):
            prefix, _, name = entry["Key"].partition("/")
            if name == key:
                answer = client.get_object(Bucket=stack.resized, Key=entry["Key"])
                found[prefix] = (answer["Body"].read(), answer["ContentType"])
    return found


def failed_message(stack: Stack, text: str) -> str:
    """The failure queue's message that contains `text`, once it arrives."""
    return queue_message(stack, "FailedQueueUrl", text)


def queue_message(stack: Stack, output: str, text: str) -> str:
    """The message that contains `text`, from the queue named by a stack output."""

    def receive() -> str:
        answer = stack.cloud.client("sqs").receive_message(
            QueueUrl=stack.outputs[output],
            WaitTimeSeconds=1,
            MaxNumberOfMessages=10,
        )
        bodies = (message["Body"] for message in answer.get("Messages", ()))
        return next((str(body) for body in bodies if text in body), "")

    return wait_for(receive, lambda: f"no message with {text!r} in {output}")
