"""What happened to one image: its records in the queues, and its last log lines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from resize_on_upload_cli.monitoring import log_reader
from resize_on_upload_cli.monitoring.log_reader import Query
from resize_on_upload_cli.queues import queued_uploads
from resize_on_upload_cli.status.facts import QueueRecord, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cli.monitoring.log_line import LogLine
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.status.facts import OriginalFacts

LOG_SECONDS = 10.0
"""How long the log is searched for one image."""

UNFINISHED = (
    f"the log was searched for {LOG_SECONDS:.0f} s only; `resize-on-upload logs --key "
    "KEY --since 2w` reads all of it"
)

_WINDOWS = (3_600, 86_400, 14 * 86_400)
"""How far back to search, in seconds: further if there is no line yet."""

_MARGIN = 60
"""Seconds by which clocks may differ."""


def records(deployment: Deployment, name: str) -> Iterator[tuple[str, QueueRecord]]:
    """Yield key and record of every upload in a queue, the oldest first.

    Those that another reader hides are left out.
    """
    with queued_uploads.queue(deployment, name).messages(wait=False) as messages:
        received = sorted(messages, key=lambda message: message.sent)
    for message in received:
        upload = queued_uploads.parse(message, deployment.original)
        body = message.body
        if upload is None:
            continue
        sent = iso(datetime.fromtimestamp(message.sent, UTC))
        decided_by = (str(body.get("source")), str(body.get("recipes")))
        for key in upload.keys:
            yield key, QueueRecord(name, upload.code, upload.text, sent, decided_by)


def last_lines(
    deployment: Deployment, key: str, original: OriginalFacts | None
) -> tuple[list[LogLine], bool]:
    """Return the last line of each function, and whether the search was finished.

    It ends at the upload of the original: older lines are about another one.
    """
    clock = deployment.clock
    deadline = clock.monotonic() + LOG_SECONDS
    found: dict[str, LogLine] = {}
    for seconds in _WINDOWS:
        start = clock.wall_time() - seconds
        functions = [
            name for name in log_reader.functions(deployment) if name not in found
        ]
        query = Query(functions, int(start * 1_000), key, deadline)
        for line in log_reader.read(deployment, query):
            found[line.function] = line
        if clock.monotonic() > deadline:
            return list(found.values()), False
        before_upload = original and start < original.modified.timestamp() - _MARGIN
        if before_upload:
            break
    return list(found.values()), True
