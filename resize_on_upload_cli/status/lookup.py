"""Look up everything about one image in a deployed stack."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from resize_on_upload_cli.stack import aws_errors
from resize_on_upload_cli.stack.parallel import map_parallel
from resize_on_upload_cli.status import buckets, history
from resize_on_upload_cli.status.facts import ImageFacts
from resize_on_upload_cli.status.sizes import Sizes, known_rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload_cli.monitoring.log_line import LogLine
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.status.facts import QueueRecord


def find(deployment: Deployment, keys: Iterable[str]) -> Iterator[ImageFacts]:
    """Yield the facts about each key; the queues are read once.

    What cannot be read of the queues and the log is noted; the buckets must be read.
    """
    notes: list[str] = []
    records: dict[str, list[QueueRecord]] = {}
    for name in ("failed", "rejected"):
        with _noted(notes, f"the {name} queue"):
            for key, record in history.records(deployment, name):
                records.setdefault(key, []).append(record)
    for key in keys:
        yield _find(deployment, key, records.get(key, ()), notes)


def _find(
    deployment: Deployment,
    key: str,
    records: Sequence[QueueRecord],
    notes: Sequence[str],
) -> ImageFacts:
    original = buckets.original(deployment, key)
    lines: list[LogLine] = []
    more: list[str] = []
    with _noted(more, "the log"):
        lines, finished = history.last_lines(deployment, key, original)
        if not finished:
            more.append(history.UNFINISHED)
    stored = map_parallel(partial(buckets.stored, deployment, key), deployment.sizes)
    kept = buckets.rejection(deployment, key) if original else None
    known = [*records, *([kept] if kept else [])]
    sizes = Sizes(
        deployment=deployment,
        key=key,
        original=original,
        stored=dict(one for one in stored if one),
        rejection=known_rejection(deployment, original, known, lines),
    )
    return ImageFacts(
        key=key,
        original=original,
        deleted=None if original else buckets.deleted(deployment, key),
        similar=None if original else buckets.similar(deployment, key),
        sizes=tuple(sizes.statuses()),
        records=records,
        lines=lines,
        age=deployment.clock.wall_time() - original.modified.timestamp()
        if original
        else 0.0,
        notes=(*notes, *more),
    )


@contextmanager
def _noted(notes: list[str], what: str) -> Iterator[None]:
    """Note why something could not be read, instead of failing."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        notes.append(f"{what} could not be read: {aws_errors.sentence(error)}")
