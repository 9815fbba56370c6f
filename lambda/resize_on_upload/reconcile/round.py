"""One key's rounds: what each looks at, makes, writes and removes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..errors import ArchivedObject, Contended, Rejected
from ..imaging import animation
from ..imaging.probe import DEFAULTS
from ..imaging.results import Source
from ..sizes.size import sizes_for_key
from ..storage.carry_over import NOTHING_CARRIED_OVER, CarriedOver
from .manifest import CONTENT_TYPE, compose, facts
from .original import Picture
from .recipe import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..imaging.probe import Limits
    from ..imaging.results import Derived, Variant
    from ..sizes.size import Size
    from ..storage.store import Store, StoredVariant
    from .report import Report

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

MOST_CALLS = 8
"""At once, for one upload; the client keeps ten connections."""

GONE = "the original is gone"
KEPT = "the original is gone; its sizes stay, as mirrorDeletes is off"
CURRENT = "every size is up to date"
EXCLUDED = "no size is for this key"


@dataclass(frozen=True, slots=True)
class Setup:
    """What every key is reconciled with.

    Attributes:
        derive: The image job: an original's bytes → these sizes of it.
        mirror_deletes: Whether sizes go when their original goes.
        limits: What the image job keeps to.
    """

    store: Store
    sizes: tuple[Size, ...]
    derive: Callable[[bytes, Sequence[Size]], Derived]
    mirror_deletes: bool = True
    limits: Limits = DEFAULTS


class Work:
    """What the rounds of one key share.

    Attributes:
        rejection: Why the original cannot be resized, after a round that settled it.
    """

    def __init__(self, key: str, setup: Setup, report: Report) -> None:
        self._key, self._setup, self._report = key, setup, report
        self._store = setup.store
        self._targets = {size: size.variant_key(key) for size in setup.sizes}
        self._wanted = sizes_for_key(setup.sizes, key)
        self._picture = Picture(key, setup.store, self._wanted, setup.derive, report)
        self.rejection: Rejected | None = None

    def settled(self, *, blind: bool) -> bool:
        """One round; whether it ended with what it began with."""
        try:
            return self._first_round() if blind else self._round()
        except Contended:
            return False

    def _first_round(self) -> bool:
        """As if the upload were new; False where it is not, or leads nowhere.

        A write that finds a variant shows that it is not. Of a size that the key no
        longer gets nothing is written, so those are looked for.
        """
        if self._look(size for size in self._targets if size not in self._wanted):
            return False
        if not self._wanted:
            self._report.skipped = EXCLUDED
            return True
        try:
            if not self._picture.read():
                return False
            self._picture.derive(self._wanted)
        except Rejected:
            return False
        self._write(self._wanted, {})
        return self._unchanged()

    def _round(self) -> bool:
        held = self._look(self._targets)
        self.rejection, self._report.skipped = None, None
        self._report.source = self._store.head_original(self._key)
        if self._report.source is None:
            return self._mirror_delete(held)
        stale = self._stale(held)
        unwanted = {size: one for size, one in held.items() if size not in self._wanted}
        if not stale:
            return self._nothing_to_make(unwanted)
        try:
            if not self._picture.known():
                if not self._picture.read():
                    return False
                stale = self._stale(held)  # it may be newer than the one identified
            self._picture.derive(stale)
        except Rejected as error:
            self.rejection = error
            return self._remove(self._useless(held, error))
        self._write(stale, held)
        return self._remove(unwanted) and self._unchanged()

    def _nothing_to_make(self, unwanted: dict[Size, StoredVariant]) -> bool:
        if not (unwanted or self._report.written):
            self._report.skipped = CURRENT if self._wanted else EXCLUDED
        return self._remove(unwanted)

    def _look(self, sizes: Iterable[Size]) -> dict[Size, StoredVariant]:
        """The variants that are there; where the key is too long none can be."""
        possible = [size for size in sizes if not size.key_too_long(self._key)]
        if not possible:
            return {}
        with self._report.timed("look"):
            found = _side_by_side(
                lambda size: self._store.head_variant(self._targets[size]), possible
            )
        pairs = zip(possible, found, strict=True)
        return {size: held for size, held in pairs if held}

    def _stale(self, held: dict[Size, StoredVariant]) -> list[Size]:
        wanted = self._report.source
        return [
            size
            for size in self._wanted
            if size not in held
            or held[size].source_id != wanted
            or held[size].recipe != self._recipe(size)
        ]

    def _write(self, wanted: Sequence[Size], held: dict[Size, StoredVariant]) -> None:
        """All variants at once: an answer of S3's takes longer than most pictures."""
        source = self._report.source or ""
        original = self._picture.original
        given = original.carried_over if original else NOTHING_CARRIED_OVER

        def write(size: Size) -> None:
            variant, target = self._picture.made[size], self._targets[size]
            ours = _metadata(source, variant, self._recipe(size))
            carried = CarriedOver(given.fields, given.metadata | ours)
            body, content_type = variant.body, variant.content_type
            if size.suffix:
                body, content_type = self._manifest(variant, held), CONTENT_TYPE
                carried = carried.for_manifest()
            self._store.put_variant(target, body, content_type, carried, held.get(size))
            self._report.written.append(target)
            self._report.bytes_written += len(body)

        with self._report.timed("write"):
            _side_by_side(write, [size for size in wanted if not size.suffix])
            # Last: who is told of the manifest finds all that it speaks of.
            _side_by_side(write, [size for size in wanted if size.suffix])

    def _recipe(self, size: Size) -> str:
        return recipe_of(size, self._wanted, self._store.carry_over)

    def _manifest(self, placeholder: Variant, held: dict[Size, StoredVariant]) -> bytes:
        """What is said of all sizes, those just made and those that stay."""
        report = self._report
        about: dict[str, str | int] = {
            "key": self._key,
            "id": report.source or "",
            "bytes": report.source_bytes or 0,
        }
        sizes = [size for size in self._wanted if not size.suffix]
        source = report.picture or Source("", 1, 1)
        kept = animation.is_kept(source, self._setup.limits)

        def moves(size: Size, content_type: str) -> bool:
            return kept and animation.is_asked_for(size, source, content_type)

        found = facts(self._key, sizes, self._picture.made, held, moves)
        return compose(about, source, found, placeholder)

    def _mirror_delete(self, held: dict[Size, StoredVariant]) -> bool:
        if not held or not self._setup.mirror_deletes:
            self._report.skipped = KEPT if held else GONE
            return True
        try:
            # Only a GET tells a missing object from a missing bucket.
            return not self._picture.read() and self._remove(held)
        except Rejected:  # so there is one again
            return False

    def _useless(
        self, held: dict[Size, StoredVariant], rejection: Rejected
    ) -> dict[Size, StoredVariant]:
        """What a rejected original may not keep: an archived one keeps its own."""
        if not isinstance(rejection, ArchivedObject):
            return held
        source = self._report.source
        return {
            size: found for size, found in held.items() if found.source_id != source
        }

    def _remove(self, held: dict[Size, StoredVariant]) -> bool:
        if not held:
            return True

        def remove(size: Size) -> None:
            self._store.delete_variant(self._targets[size], held[size])
            self._report.removed.append(self._targets[size])

        with self._report.timed("remove"):
            _side_by_side(remove, list(held))
        return self._unchanged()

    def _unchanged(self) -> bool:
        """Whether the original still is the one that this round went by."""
        with self._report.timed("recheck"):
            return self._store.head_original(self._key) == self._report.source


def _side_by_side(
    work: Callable[[_Item], _Result], items: Sequence[_Item]
) -> list[_Result]:
    """Every item's result; all are tried before the first error is raised."""
    if len(items) < 2:  # noqa: PLR2004 - one needs no thread
        return [work(item) for item in items]
    with ThreadPoolExecutor(MOST_CALLS) as pool:
        calls = [pool.submit(work, item) for item in items]
    return [call.result() for call in calls]


def _metadata(source: str, variant: Variant, made_by: str) -> dict[str, str]:
    """Where a variant comes from; ASCII, as S3 wants metadata."""
    return {
        "source": source,
        "recipe": made_by,
        "prefix": variant.size.name,
        "geometry": variant.size.geometry.text,
        "width": str(variant.width),
        "height": str(variant.height),
    }
