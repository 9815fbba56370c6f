"""The records of rejected uploads, which are read from their queue once needed.

A rejection has an object in the resized bucket, too, and only where that is missing is
there a need for its record: of stacks before there were such objects, of keys that are
too long for one, and of objects that S3 has removed after their days.
"""

from __future__ import annotations

from functools import partial
from sys import intern
from typing import TYPE_CHECKING

from resize_on_upload_cli.queues import queued_uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from resize_on_upload_cli.stack.deployment import Deployment

    Record = tuple[str, tuple[str, str], str]


class Rejections:
    """The codes of rejections.

    Args:
        source: What reads key, source id and combined recipe, and code of each record.
    """

    def __init__(self, source: Callable[[], Iterator[Record]] | None = None) -> None:
        self._source = source
        self._codes: dict[tuple[str, str, str], str] = {}

    @property
    def is_read(self) -> bool:
        """Whether nothing more may be in the queue."""
        return self._source is None

    def read(self) -> None:
        """Read the queue, unless it was read before."""
        if self._source is not None:
            for record in self._source():
                self._add(record)
            self._source = None

    def add_of(self, deployment: Deployment) -> None:
        """Add what is in the queue now, but for records that another reader hides."""
        for record in _records(deployment, wait=False):
            self._add(record)

    def code(self, key: str, decided_by: tuple[str, str]) -> str | None:
        """Return the code of a rejection, if these decided it: original and sizes."""
        return self._codes.get((key, *decided_by))

    def _add(self, record: Record) -> None:
        key, (source_id, recipe), code = record
        self._codes[key, source_id, intern(recipe)] = intern(code)


def when_needed(deployment: Deployment) -> Rejections:
    """Return the records, which are read when there is a need."""
    return Rejections(partial(_records, deployment, wait=True))


def _records(deployment: Deployment, *, wait: bool) -> Iterator[Record]:
    queue = queued_uploads.queue(deployment, "rejected")
    with queue.messages(wait=wait, at_once=queued_uploads.AT_ONCE) as messages:
        for message in messages:
            match message.body:
                case {"key": str(key), "code": str(code)}:
                    about = (message.body.get(name) for name in ("source", "recipes"))
                    source_id, recipe = (str(one or "") for one in about)
                    yield key, (source_id, recipe), code
