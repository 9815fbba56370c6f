"""Put log lines into the local cloud's log groups, as Lambda does on AWS."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

_STREAM = "local"
_GROUPS = {
    "FunctionName": "LogGroupName",
    "BackfillFunctionName": "LogGroupName",
    "OnRequestFunctionName": "OnRequestLogGroupName",
}
"""Output with the name of a function → output with that of its log group."""


def publish(stack: Stack, log: str) -> None:
    """Put these lines into the log group of the function that has written each."""
    client = stack.cloud.client("logs")
    for group, events in _by_group(stack, log).items():
        with suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_stream(logGroupName=group, logStreamName=_STREAM)
        client.put_log_events(
            logGroupName=group, logStreamName=_STREAM, logEvents=events
        )


def _by_group(stack: Stack, log: str) -> dict[str, list[dict[str, Any]]]:
    outputs = stack.outputs
    groups = {
        outputs[function]: outputs[group]
        for function, group in _GROUPS.items()
        if function in outputs
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for line, fields in _lines(log):
        if group := groups.get(fields.get("function_name", "")):
            event = {"timestamp": _milliseconds(fields), "message": line}
            found.setdefault(group, []).append(event)
    return found


def _lines(log: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the lines that are JSON; the emulator writes others between them."""
    for line in log.splitlines():
        if line.startswith("{"):
            yield line, json.loads(line)


def _milliseconds(fields: dict[str, Any]) -> int:
    written = fields.get("timestamp")
    seconds = datetime.fromisoformat(written).timestamp() if written else time.time()
    return round(seconds * 1_000)
