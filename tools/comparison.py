"""Both buckets beside sizes.json: what every key lacks, or has too much of.

Listings come in the keys' order, so they are merged as they come: memory does not grow
with the buckets.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from resize_on_upload.recipe import recipe, recipes
from resize_on_upload.store import MOST_BYTES, identity
from tools.deployment import side_by_side
from tools.queues import Queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload.sizes import Size
    from resize_on_upload.store import Held
    from tools.deployment import Deployment

CURRENT, MISSING, STALE = "current", "missing", "stale"
REJECTED, ORPHANED = "rejected", "orphaned"
STATES = (CURRENT, MISSING, STALE, REJECTED, ORPHANED)

_AT_ONCE = 500
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place in one listing: an original, or a size of it.

    Attributes:
        size: None for the original.
        source: The original's identity.
        refusal: Why the original cannot be resized, where its listing says so.
    """

    key: str
    bytes: int
    size: Size | None = None
    source: str = ""
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """What is to say of one key.

    Attributes:
        state: One of STATES.
        why: In words.
        sizes: Prefixes that are missing, stale or orphaned.
        bytes: Of the original; where there is none, of its sizes.
    """

    key: str
    state: str
    why: str
    sizes: tuple[str, ...]
    bytes: int


@dataclass(slots=True)
class Unknown:
    """What lies in the resized bucket outside of every configured prefix.

    Attributes:
        ours: Whether we made it: a size that is no longer configured.
    """

    name: str
    ours: bool
    objects: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """How to compare.

    Attributes:
        rejections: Key → what was rejected there: source and recipes.
    """

    deployment: Deployment
    sizes: Sequence[Size]
    rejections: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)

    def items(self, prefix: str = "") -> Iterator[Item]:
        """Every key of either bucket below a prefix, in order."""
        streams = [self._originals(prefix)]
        streams += [self._variants(size, prefix) for size in self.sizes]
        merged = heapq.merge(*streams, key=lambda entry: entry.key)
        groups = (list(group) for _, group in groupby(merged, lambda entry: entry.key))
        for some in _in_batches(groups, _AT_ONCE):
            yield from side_by_side(self._item, some)

    def item(self, key: str) -> Item | None:
        """One key, asked for alone; None where neither bucket has it."""
        found = next(iter(self._exactly(key)), None)
        if found is None:
            held = self._held(key, self.sizes)
            sizes = tuple(size.name for size in held)
            return Item(key, ORPHANED, _GONE, sizes, 0) if held else None
        return self._judged(found, self._held(key, self.sizes))

    def unknown(self) -> Iterator[Unknown]:
        """Prefixes and objects at the top of the resized bucket that are no size's."""
        client, bucket = self.deployment.client("s3"), self.deployment.resized
        names = {f"{size.name}/" for size in self.sizes}
        for page in client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Delimiter="/"
        ):
            for entry in page.get("Contents", ()):
                yield Unknown(entry["Key"], self._ours(entry["Key"]), 1, entry["Size"])
            for entry in page.get("CommonPrefixes", ()):
                if entry["Prefix"] not in names:
                    yield self._counted(entry["Prefix"])

    def _item(self, entries: list[Entry]) -> Item:
        key = entries[0].key
        original = next((one for one in entries if one.size is None), None)
        present = [one.size for one in entries if one.size]
        if original is None:
            names = tuple(size.name for size in present)
            return Item(key, ORPHANED, _GONE, names, sum(e.bytes for e in entries))
        return self._judged(original, self._held(key, present))

    def _judged(self, original: Entry, held: dict[Size, Held]) -> Item:
        key, source = original.key, original.source
        missing = [size.name for size in self.sizes if size not in held]
        other = [size.name for size, one in held.items() if one.source != source]
        older = [
            size.name
            for size, one in held.items()
            if one.source == source and one.recipe != recipe(size)
        ]
        if not (missing or other or older):
            return Item(key, CURRENT, "", (), original.bytes)
        refusal = original.refusal or self._rejected(key, source)
        if refusal and not other:
            names = tuple(size.name for size in held)
            return Item(key, REJECTED, refusal, names, original.bytes)
        if missing:
            names = (*missing, *other, *older)
            return Item(key, MISSING, "not made yet", names, original.bytes)
        why = "of another original" if other else "made by another recipe"
        return Item(key, STALE, why, (*other, *older), original.bytes)

    def _rejected(self, key: str, source: str) -> str | None:
        found = self.rejections.get(key, {})
        return found.get((source, recipes(self.sizes)))

    def _held(self, key: str, present: Iterable[Size]) -> dict[Size, Held]:
        looked = {
            size: self.deployment.store.look(f"{size.name}/{key}") for size in present
        }
        return {size: held for size, held in looked.items() if held}

    def _originals(self, prefix: str) -> Iterator[Entry]:
        client, bucket = self.deployment.client("s3"), self.deployment.original
        pages = client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Versions", ()):
                if one["IsLatest"] and not one["Key"].endswith("/"):
                    yield _original(one)

    def _exactly(self, key: str) -> Iterator[Entry]:
        return (entry for entry in self._originals(key) if entry.key == key)

    def _variants(self, size: Size, prefix: str) -> Iterator[Entry]:
        client, bucket = self.deployment.client("s3"), self.deployment.resized
        start = len(size.name) + 1
        pages = client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=f"{size.name}/{prefix}"):
            for one in page.get("Contents", ()):
                yield Entry(one["Key"][start:], one["Size"], size)

    def _counted(self, prefix: str) -> Unknown:
        client, bucket = self.deployment.client("s3"), self.deployment.resized
        found = Unknown(prefix, ours=False)
        pages = client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                found.ours = self._ours(one["Key"]) if not found.objects else found.ours
                found.objects += 1
                found.bytes += one["Size"]
        return found

    def _ours(self, key: str) -> bool:
        held = self.deployment.store.look(key)
        return bool(held and held.recipe)


_GONE = "its original is gone"


def rejections(deployment: Deployment) -> dict[str, dict[tuple[str, str], str]]:
    """What the queue of rejected uploads remembers, by key."""
    found: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    queue = Queue(deployment.client("sqs"), deployment.outputs["RejectedQueueUrl"])
    with queue.messages() as messages:
        for message in messages:
            body = message.body
            what = (body.get("source") or "", body.get("recipes") or "")
            found[body.get("key") or ""][what] = str(body.get("code"))
    return found


def _original(listed: dict[str, Any]) -> Entry:
    refusal = None
    if listed["Size"] == 0:
        refusal = "empty"
    elif listed["Size"] > MOST_BYTES:
        refusal = "too-large-file"
    elif listed.get("StorageClass") in _ARCHIVES:
        refusal = "archived"
    return Entry(listed["Key"], listed["Size"], None, identity(listed), refusal)


def _in_batches(
    groups: Iterable[list[Entry]], count: int
) -> Iterator[list[list[Entry]]]:
    remaining = iter(groups)
    while some := list(islice(remaining, count)):
        yield some
