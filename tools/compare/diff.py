"""Both buckets beside sizes.json: what every key lacks, or has too much of.

Listings are merged as they come, so memory does not grow with the buckets. All are
first put into the one order that also the listing of manifests has: that of the keys
with ".json" behind each.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from resize_on_upload.errors import KeyTooLong
from resize_on_upload.reconcile.recipe import combined_recipe, recipe_of
from resize_on_upload.sizes.size import sizes_for_key
from tools.stack import listing
from tools.stack.deployment import side_by_side
from tools.stack.queues import Queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload.storage.objects import StoredVariant
    from tools.stack.deployment import Deployment
    from tools.stack.listing import Entry

CURRENT, MISSING, STALE = "current", "missing", "stale"
REJECTED, ORPHANED, EXPIRED = "rejected", "orphaned", "expired"
STATES = (CURRENT, MISSING, STALE, REJECTED, EXPIRED, ORPHANED)


@dataclass(frozen=True, slots=True)
class Item:
    """What is to say of one key.

    Attributes:
        state: One of STATES.
        why: In words.
        sizes: Prefixes that are missing, stale or orphaned.
        bytes: Of the original; of an orphan, of its sizes.
        targets: Of an orphan, its keys in the resized bucket.
        unwanted: Prefixes that the key no longer gets, beside its state.
        has_original: Whether its original is there.
    """

    key: str
    state: str
    why: str
    sizes: tuple[str, ...]
    bytes: int
    targets: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    has_original: bool = True


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
        """Every key of either bucket below a prefix."""
        yield from side_by_side(self._item, self._groups(prefix))

    def item(self, key: str) -> Item | None:
        """One key, asked for alone; None where neither bucket has it."""
        found = listing.original(self.deployment, key)
        if found is None:
            held = self._held(key, self.sizes)
            sizes = tuple(size.name for size in held)
            gone = Item(key, ORPHANED, _GONE, sizes, 0, has_original=False)
            return gone if held else None
        return self._judged(found, self._held(key, self.sizes))

    def orphans(self, prefix: str = "") -> Iterator[Item]:
        """What has no original, or is no size of its path; listings alone say so."""
        for entries in self._groups(prefix):
            alone = all(entry.size for entry in entries)
            key = entries[0].key
            wanted = sizes_for_key(self.sizes, key)
            extra = [e for e in entries if e.size and e.size not in wanted]
            if alone or extra:
                yield _orphan(entries if alone else extra)

    def _groups(self, prefix: str) -> Iterator[list[Entry]]:
        """What both buckets list for each key."""
        suffix = next((size.suffix for size in self.sizes if size.suffix), "")
        streams = self._streams(prefix, suffix)
        merged = heapq.merge(*streams, key=lambda entry: entry.key + suffix)
        for _, entries in groupby(merged, lambda entry: entry.key):
            yield list(entries)

    def _streams(self, prefix: str, suffix: str) -> Iterator[Iterator[Entry]]:
        """Each listing, in the order of keys with the suffix behind each."""
        yield listing.reordered(listing.originals(self.deployment, prefix), suffix)
        for size in self.sizes:
            listed = listing.variants(self.deployment, size, prefix)
            yield listed if size.suffix else listing.reordered(listed, suffix)

    def _item(self, entries: list[Entry]) -> Item:
        original = next((one for one in entries if one.size is None), None)
        if original is None:
            return _orphan(entries)
        present = [one.size for one in entries if one.size]
        return self._judged(original, self._held(original.key, present))

    def _judged(self, original: Entry, held: dict[Size, StoredVariant]) -> Item:
        """The key's state, and which of its sizes it no longer gets."""
        wanted = sizes_for_key(self.sizes, original.key)
        unwanted = [size for size in held if size not in wanted]
        names = tuple(size.name for size in unwanted)
        judged = self._state(original, held, wanted)
        if judged.state == CURRENT and unwanted:
            size = sum(held[one].bytes for one in unwanted)
            return Item(original.key, ORPHANED, _NOT_HERE, names, size)
        return replace(judged, unwanted=names)

    def _state(
        self, original: Entry, held: dict[Size, StoredVariant], wanted: Sequence[Size]
    ) -> Item:
        key, source = original.key, original.source
        missing = [size.name for size in wanted if size not in held]
        other = [
            size.name
            for size, one in held.items()
            if size in wanted and one.source_id != source
        ]
        older = [
            size.name
            for size, one in held.items()
            if size in wanted
            and one.source_id == source
            and one.recipe != recipe_of(size, wanted, self.deployment.store.carry_over)
        ]
        if not (missing or other or older):
            return Item(key, CURRENT, "", (), original.bytes)
        refusal = self._refusal(original, wanted)
        if refusal and not other:
            names = tuple(size.name for size in held)
            return Item(key, REJECTED, refusal, names, original.bytes)
        if missing and not (other or older) and self._expired(original):
            return Item(key, EXPIRED, _OLD, tuple(missing), original.bytes)
        if missing:
            names = (*missing, *other, *older)
            return Item(key, MISSING, "not made yet", names, original.bytes)
        why = "of another original" if other else "made by another recipe"
        return Item(key, STALE, why, (*other, *older), original.bytes)

    def _expired(self, original: Entry) -> bool:
        """Whether S3 has removed its sizes for their age."""
        days = self.deployment.expiry
        if days is None or original.modified is None:
            return False
        return datetime.now(UTC) - original.modified > timedelta(days=days)

    def _refusal(self, original: Entry, wanted: Iterable[Size]) -> str | None:
        """Why the function rejects an original, as far as is known without reading it.

        That a key is too long needs no record: records are kept for some days alone.
        """
        key = original.key
        if original.refusal:
            return original.refusal
        if any(size.key_too_long(key) for size in wanted):
            return KeyTooLong.code
        found = self.rejections.get(key, {})
        return found.get((original.source, combined_recipe(self.sizes)))

    def _held(self, key: str, present: Iterable[Size]) -> dict[Size, StoredVariant]:
        """The variants that are there; S3 refuses to look for a key too long."""
        possible = [size for size in present if not size.key_too_long(key)]
        store = self.deployment.store
        looked = {size: store.head_variant(size.variant_key(key)) for size in possible}
        return {size: held for size, held in looked.items() if held}


_GONE = "its original is gone"
_OLD = "S3 has removed its sizes after their days"
_NOT_HERE = "its path has no such size"


def rejections(
    deployment: Deployment, *, wait: bool = True
) -> dict[str, dict[tuple[str, str], str]]:
    """The records in the queue of rejected uploads, by key.

    Records that another reader hides are waited for, or left out.
    """
    found: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    client, url = deployment.client("sqs"), deployment.outputs["RejectedQueueUrl"]
    with Queue(client, url, deployment.clock).messages(wait=wait) as messages:
        for message in messages:
            body = message.body
            what = (body.get("source") or "", body.get("recipes") or "")
            found[body.get("key") or ""][what] = str(body.get("code"))
    return found


def _orphan(entries: list[Entry]) -> Item:
    sizes = [entry.size for entry in entries if entry.size]
    return Item(
        key=entries[0].key,
        state=ORPHANED,
        why=_GONE,
        sizes=tuple(size.name for size in sizes),
        bytes=sum(entry.bytes for entry in entries),
        targets=tuple(size.variant_key(entries[0].key) for size in sizes),
        has_original=False,
    )
