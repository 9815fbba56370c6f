"""A queue of failed uploads and a function that accepts every invocation.

It is a separate process, so that its CPU time is not counted. Each call takes a few
milliseconds, as one to AWS does, but a poll of the empty queue a second.

    python bench/redrive/server.py MESSAGES
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from typing import Any

_SECONDS = 0.01

_RECORD = {
    "version": "1.0",
    "timestamp": "2026-01-01T00:00:00.000Z",
    "requestContext": {
        "requestId": "00000000-0000-0000-0000-000000000000",
        "functionArn": "arn:aws:lambda:us-east-1:111111111111:function:resize:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    },
    "responsePayload": {"errorMessage": "S3 did not answer " * 10},
}


class FailedQueue:
    """Messages; those that are hidden are not received again unless they are shown."""

    def __init__(self, number: int) -> None:
        self._visible = deque(range(number))
        self._hidden: set[int] = set()

    def receive(self, call: Any) -> Any:
        """Return and hide the first messages."""
        number = min(call["MaxNumberOfMessages"], len(self._visible))
        found = [self._visible.popleft() for _ in range(number)]
        self._hidden.update(found)
        return {"Messages": [_message(one) for one in found]} if found else {}

    def delete(self, call: Any) -> Any:
        """Delete messages."""
        self._hidden.difference_update(_numbers(call))
        return {"Successful": [], "Failed": []}

    def hide(self, call: Any) -> Any:
        """Show messages again, or go on hiding them."""
        shown = [one for one in call["Entries"] if not one["VisibilityTimeout"]]
        numbers = _numbers({"Entries": shown})
        self._hidden.difference_update(numbers)
        self._visible.extend(numbers)
        return {"Successful": [], "Failed": []}

    def attributes(self, _: Any) -> Any:
        """Return the number of messages."""
        counts = {
            "ApproximateNumberOfMessages": str(len(self._visible)),
            "ApproximateNumberOfMessagesNotVisible": str(len(self._hidden)),
        }
        return {"Attributes": counts}

    def answer(self, action: str, body: bytes) -> bytes:
        """Return the body of a response."""
        actions = {
            "ReceiveMessage": self.receive,
            "DeleteMessageBatch": self.delete,
            "ChangeMessageVisibilityBatch": self.hide,
            "GetQueueAttributes": self.attributes,
        }
        return json.dumps(actions[action](json.loads(body))).encode()


def _message(number: int) -> Any:
    bucket, key = {"name": "original"}, {"key": f"photos/{number:09}.jpg"}
    detail = {"bucket": bucket, "object": key}
    event = {"source": "resize-on-upload", "detail-type": "Reconcile", "detail": detail}
    return {
        "MessageId": f"{number:036}",
        "ReceiptHandle": f"{number:0400}",
        "Body": json.dumps(_RECORD | {"requestPayload": event}),
        "Attributes": {"SentTimestamp": "1767225600000"},
    }


def _numbers(call: Any) -> list[int]:
    return [int(one["ReceiptHandle"]) for one in call["Entries"]]


async def _answer(
    queue: FailedQueue, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
            fields = dict(one.split(": ", 1) for one in head[1:] if one)
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            action = fields.get("x-amz-target", "").partition(".")[2]
            actions = ("ReceiveMessage", "DeleteMessageBatch", "GetQueueAttributes")
            names = {one.lower(): one for one in actions}
            names["changemessagevisibilitybatch"] = "ChangeMessageVisibilityBatch"
            found = queue.answer(names[action], body) if action else b""
            await asyncio.sleep(1 if found == b"{}" else _SECONDS)
            status = "200 OK" if action else "202 Accepted"
            kind = "content-type: application/x-amz-json-1.0"
            sent = (
                f"HTTP/1.1 {status}\r\n{kind}\r\ncontent-length: {len(found)}\r\n\r\n"
            )
            writer.write(sent.encode() + found)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(queue: FailedQueue) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: _answer(queue, reader, writer), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(FailedQueue(int(sys.argv[1]))))
