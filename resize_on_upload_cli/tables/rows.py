"""The rows of the query's result: keys that differ alike, or a folder of no size."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli.compare.diff import REMOVED_BY_S3, UNWANTED
from resize_on_upload_cli.compare.dropped_sizes import ForeignPrefix
from resize_on_upload_cli.compare.key_diff import (
    CURRENT,
    EXPIRED,
    MISSING,
    ORPHANED,
    REJECTED,
    KeyDiff,
)
from resize_on_upload_cli.compare.orphans import GONE
from resize_on_upload_cli.tables.age import TablesAge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload_cli.tables.size_bits import SizeBits

FOLDER = "folder"
"""In place of a state: the row is about a folder of the resized bucket."""

_AGE = ("newest_original", "newest_variant")
_TEXTS = ("state", "folder", "code")


@dataclass(frozen=True, slots=True)
class Row:
    """A row, as the names of its columns say; sizes are bits.

    Attributes:
        is_listed: Whether the row is about one key.
        keys: All of them, or some.
    """

    state: str
    folder: str
    code: str
    has_original: int
    missing: int
    of_another: int
    outdated: int
    stored: int
    unwanted: int
    number_of_keys: int
    bytes: int
    on_request: int
    variants: int
    removable: int
    copies: int
    uncertain: int
    newest_original: int
    newest_variant: int
    is_listed: int
    keys: Sequence[str]

    @property
    def age(self) -> TablesAge:
        """How old the tables are; the same in each row."""
        return TablesAge(self.newest_original, self.newest_variant)

    def diff(self, key: str, sizes: SizeBits) -> KeyDiff:
        """Return the difference of one of the keys; bytes are those of all of them."""
        if self.state == ORPHANED:
            return self._orphan(key, sizes)
        differing = self._differing(sizes)
        stale = (
            size.name
            for bits in (self.of_another, self.outdated)
            for size in sizes.chosen(bits)
            if size.make == REQUEST
        )
        processed = self.state not in (CURRENT, REJECTED, EXPIRED)
        return KeyDiff(
            key=key,
            state=self.state,
            why=self._why(),
            sizes=differing,
            bytes=self.bytes,
            unwanted=sizes.named(self.unwanted),
            to_delete=tuple(stale) if processed else (),
            on_request=self.on_request,
        )

    def foreign_prefix(self) -> ForeignPrefix:
        """Return what a row about a folder says."""
        return ForeignPrefix(
            name=self.folder,
            dropped=self.removable > 0,
            objects=self.variants,
            bytes=self.bytes,
            removable=self.removable,
            copies=self.copies > 0,
            uncertain=self.uncertain > 0,
        )

    def _differing(self, sizes: SizeBits) -> tuple[str, ...]:
        if self.state == REJECTED:
            return sizes.named(self.stored)
        bits = (self.missing, self.of_another, self.outdated)
        return tuple(name for one in bits for name in sizes.named(one))

    def _why(self) -> str:
        if self.state in (CURRENT, REJECTED):
            return self.code
        if self.state == EXPIRED:
            return REMOVED_BY_S3
        if self.state == MISSING:
            return "not made yet"
        return "of another original" if self.of_another else "made by another recipe"

    def _orphan(self, key: str, sizes: SizeBits) -> KeyDiff:
        if self.has_original:
            names = sizes.named(self.unwanted)
            return KeyDiff(key, ORPHANED, UNWANTED, names, self.bytes)
        stored = sizes.chosen(self.stored)
        return KeyDiff(
            key=key,
            state=ORPHANED,
            why=GONE,
            sizes=tuple(size.name for size in stored),
            bytes=self.bytes,
            variant_keys=tuple(size.variant_key(key) for size in stored),
            has_original=False,
        )


def read(lines: Iterable[str]) -> Iterator[Row]:
    """Read the rows from Athena's CSV; keys and folders are URL-encoded in it.

    Raises:
        ValueError: it is not the result of the query.
    """
    for found in csv.DictReader(lines, strict=True):
        if None in found.values():
            msg = f"a row of {found['state']!r} is cut off"
            raise ValueError(msg)
        keys = tuple(map(unquote_plus, found.pop("keys").split()))
        found["folder"] = unquote_plus(found["folder"])
        fields: dict[str, Any] = {
            name: value if name in _TEXTS else int(value or 0)
            for name, value in found.items()
        }
        yield Row(**fields, keys=keys)


def read_keys(lines: Iterable[str]) -> Iterator[tuple[TablesAge, str | None]]:
    """Read the age of the tables and the only key of each row; None if there are more.

    It takes a tenth of the time of `read`.

    Raises:
        ValueError: it is not the result of the query.
    """
    found = csv.reader(lines, strict=True)
    columns = next(found, [])
    places = [columns.index(name) for name in (*_AGE, "is_listed", "keys")]
    pick = itemgetter(*places)
    ages: dict[tuple[str, str], TablesAge] = {}
    for row in found:
        original, variant, is_listed, key = pick(row)
        age = (original, variant)
        if age not in ages:
            ages[age] = TablesAge(int(original or 0), int(variant or 0))
        yield ages[age], unquote_plus(key) if is_listed == "1" else None
