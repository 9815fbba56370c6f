"""Forget what nginx has cached, as the local cloud's invalidations ask for.

nginx itself cannot. Each file of its cache begins with the cache key and the headers of
the response; once it is deleted, the next request is a miss.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from local.cloud import Cloud

POLL_SECONDS = 0.3

_MAX_HEAD_BYTES = 64 * 1024
_KEY = re.compile(rb"\nKEY: (.*)\n")


class Purger:
    """Carries out each invalidation of a distribution once.

    Args:
        cloud: Has the invalidations.
        cache: nginx's folder.
    """

    def __init__(self, cloud: Cloud, cache: Path) -> None:
        self._client: Any = cloud.client("cloudfront")
        self._cache = cache
        self._done: set[str] = set()

    @contextmanager
    def running(self, distribution_id: str, tag_header: str) -> Iterator[None]:
        """Look for new invalidations in the background.

        Args:
            distribution_id: Of which distribution.
            tag_header: The header with an object's tags; empty for none.
        """
        ended = threading.Event()

        def run() -> None:
            while not ended.wait(POLL_SECONDS):
                with suppress(ClientError, BotoCoreError):  # the cloud is ending
                    self._carry_out(distribution_id, tag_header)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _carry_out(self, distribution_id: str, tag_header: str) -> None:
        found = self._client.list_invalidations(DistributionId=distribution_id)
        for listed in found["InvalidationList"].get("Items", ()):
            name = listed["Id"]
            if name not in self._done:
                answer = self._client.get_invalidation(
                    DistributionId=distribution_id, Id=name
                )
                batch = answer["Invalidation"]["InvalidationBatch"]
                purge(self._cache, batch["Paths"]["Items"], tag_header)
                self._done.add(name)


def purge(cache: Path, items: Iterable[str], tag_header: str) -> None:
    """Delete the files of everything that one of the items names.

    Args:
        cache: nginx's folder.
        items: Paths, of which the last character may be `*`, and tags with a `#`.
        tag_header: The header with an object's tags, lower case; empty for none.
    """
    wanted = list(items)
    for file in [one for one in cache.rglob("*") if one.is_file()]:
        with suppress(FileNotFoundError):  # nginx has just replaced it
            key, tags = _read(file, tag_header)
            if any(_names(item, key, tags) for item in wanted):
                file.unlink()


def _names(item: str, key: str, tags: set[str]) -> bool:
    if item.startswith("#"):
        return item[1:].lower() in tags
    if item.endswith("*"):
        return key.startswith(item[:-1])
    return key == item


def _read(file: Path, tag_header: str) -> tuple[str, set[str]]:
    """The cache key of a cached response, and its tags."""
    with file.open("rb") as opened:
        head = opened.read(_MAX_HEAD_BYTES)
    key = _KEY.search(head)
    if not key:  # nginx is still writing it
        return "", set()
    lines = head[key.end() :].partition(b"\r\n\r\n")[0].split(b"\r\n")
    values = (
        value.decode("latin-1").lower()
        for name, _, value in (line.partition(b":") for line in lines)
        if tag_header and name.decode("latin-1").lower() == tag_header
    )
    tags = {tag.strip() for value in values for tag in value.split(",")}
    return key[1].decode("latin-1"), tags
