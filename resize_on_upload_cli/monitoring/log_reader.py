"""Read the log groups of a stack: a range of time, or what arrives.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.monitoring.log_line import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload_cli.monitoring.log_line import LogLine
    from resize_on_upload_cli.stack.deployment import Deployment

GROUPS = {"upload": "LogGroupName", "on-request": "OnRequestLogGroupName"}
"""Function → the stack's output with the name of its log group."""

POLL_SECONDS = 2.0
"""CloudWatch allows five such requests per second in an account."""

_LATE_MILLISECONDS = 60_000
"""Lines may arrive this late, and not in order."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9 ._/()-]+")
"""Keys that a filter pattern compares exactly; others are compared here."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to read.

    Attributes:
        functions: Names out of GROUPS.
        start: Milliseconds since 1970.
        key: Only lines about this key.
        deadline: When to stop searching, by the deployment's monotonic clock.
    """

    functions: Sequence[str]
    start: int
    key: str | None = None
    deadline: float | None = None


def functions(deployment: Deployment) -> list[str]:
    """Return the names of the stack's functions."""
    return [name for name, output in GROUPS.items() if output in deployment.outputs]


def read(deployment: Deployment, query: Query) -> Iterator[LogLine]:
    """Yield the lines since the start in the order of their times."""
    found = (_of_function(deployment, query, name) for name in query.functions)
    yield from heapq.merge(*found, key=lambda line: line.milliseconds)


def follow(deployment: Deployment, query: Query) -> Iterator[LogLine]:
    """Yield the lines since the start, then each that arrives; never ends.

    What was read is remembered while late lines may arrive, so that none is repeated
    and none is left out, whichever stream it is in.
    """
    start, seen = query.start, dict[str, int]()
    while True:
        newest = start
        now = Query(query.functions, start, query.key)
        for line in read(deployment, now):
            newest = max(newest, line.milliseconds)
            if line.id not in seen:
                seen[line.id] = line.milliseconds
                yield line
        start = max(start, newest - _LATE_MILLISECONDS)
        seen = {name: written for name, written in seen.items() if written >= start}
        deployment.clock.sleep(POLL_SECONDS)


def _of_function(
    deployment: Deployment, query: Query, function: str
) -> Iterator[LogLine]:
    for page in _pages(deployment, query, function):
        for event in page.get("events", ()):
            line = parse(event, function)
            if query.key is None or line.key == query.key:
                yield line


def _pages(
    deployment: Deployment, query: Query, function: str
) -> Iterator[dict[str, Any]]:
    """Yield pages until the last one or the deadline; pages may be empty."""
    call: dict[str, Any] = {
        "logGroupName": deployment.outputs[GROUPS[function]],
        "startTime": query.start,
    }
    if query.key is not None:
        call["filterPattern"] = _pattern(query.key)
    client = deployment.client("logs")
    while True:
        page: dict[str, Any] = client.filter_log_events(**call)
        yield page
        late = query.deadline and deployment.clock.monotonic() > query.deadline
        if late or not page.get("nextToken"):
            return
        call["nextToken"] = page["nextToken"]


def _pattern(key: str) -> str:
    plain = _PLAIN_KEY.fullmatch(key)
    return f'{{ $.key = "{key}" }}' if plain else "{ $.key = * }"
