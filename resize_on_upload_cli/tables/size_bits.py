"""The sizes of sizes.json as bits of a number, for the query and its results.

Each size has one; the one after the last is that of rejections.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.reconcile.recipe import MANIFEST_VERSION, recipe
from resize_on_upload.sizes.size import MAX_KEY_BYTES, REJECTION, REQUEST, UPLOAD
from resize_on_upload_cli.tables.literals import matches, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload.sizes.key_patterns import KeyPatterns
    from resize_on_upload.sizes.size import Size
    from resize_on_upload.storage.carry_over import CarryOverRules


@dataclass(frozen=True, slots=True)
class SizeBits:
    """The sizes, in the order of sizes.json."""

    sizes: tuple[Size, ...]

    def named(self, bits: int) -> tuple[str, ...]:
        """Return the names of those sizes whose bits are set."""
        return tuple(size.name for size in self.chosen(bits))

    def chosen(self, bits: int) -> list[Size]:
        """Return those sizes whose bits are set."""
        return [size for bit, size in self._all() if bit & bits]

    @property
    def rejection(self) -> int:
        """The bit of rejections."""
        return 1 << len(self.sizes)

    @property
    def manifest(self) -> int:
        """The bit of the manifest; 0 without one."""
        return sum(bit for bit, size in self._wanted() if size.suffix)

    @property
    def at_upload(self) -> int:
        """The bits of what is made after an upload."""
        return sum(bit for bit, size in self._wanted() if size.make == UPLOAD)

    @property
    def on_request(self) -> int:
        """The bits of what is made when a viewer asks for it."""
        return sum(bit for bit, size in self._wanted() if size.make == REQUEST)

    def rows(self, rules: CarryOverRules) -> str:
        """Return the rows of the table of sizes: name, suffix, bit, recipe."""
        found = [
            f"({text(size.name)}, {text(size.suffix)}, CAST({bit} AS BIGINT), "
            f"{text(recipe(size, rules))})"
            for bit, size in self._all()
        ]
        return ",\n    ".join(found)

    def of_key(self) -> str:
        """Return the number of the sizes that `key` gets, without the manifest."""
        by_patterns: dict[KeyPatterns, int] = defaultdict(int)
        for bit, size in self._wanted():
            if not size.suffix:
                by_patterns[size.key_patterns] += bit
        summands = [
            f"CASE WHEN {matches(patterns)} THEN CAST({bits} AS BIGINT) ELSE 0 END"
            for patterns, bits in by_patterns.items()
        ]
        return " + ".join(summands)

    def manifest_recipe(self, rules: CarryOverRules) -> str:
        """Return the recipe of the manifest of a key with the sizes `wanted`.

        It is that of `reconcile/recipe.py`: a hash of a JSON document that contains the
        key's sizes.
        """
        manifests = [size for size in self.sizes if size.suffix]
        if not manifests:
            return "''"
        begin = json.dumps([MANIFEST_VERSION, recipe(manifests[0], rules)])
        end = f", {json.dumps(rules.base_url)}]" if rules.base_url else "]"
        parts = [text(begin.removesuffix("]")), *self._in_manifest(rules), text(end)]
        document = " || ".join(parts)
        return f"substr(lower(to_hex(sha256(to_utf8({document})))), 1, 16)"

    def _in_manifest(self, rules: CarryOverRules) -> Iterator[str]:
        for bit, size in sorted(self._wanted(), key=lambda one: one[1].name):
            if not size.suffix:
                marks = [REQUEST] if size.make == REQUEST else []
                item = json.dumps([size.name, recipe(size, rules), *marks])
                is_wanted = f"bitwise_and(wanted, {bit}) <> 0"
                yield f"CASE WHEN {is_wanted} THEN {text(f', {item}')} ELSE '' END"

    def key_too_long(self) -> str:
        """Return the condition that `key` is too long for one of its sizes."""
        by_limit: dict[int, int] = defaultdict(int)
        for bit, size in self._wanted():
            if size.make == UPLOAD:
                limit = MAX_KEY_BYTES - len(size.variant_key("").encode())
                by_limit[limit] += bit
        conditions = [
            f"bitwise_and(wanted, {bits}) <> 0 AND "
            f"length(to_hex(to_utf8(key))) > {2 * limit}"
            for limit, bits in by_limit.items()
        ]
        return " OR ".join(f"({one})" for one in conditions) or "FALSE"

    def _wanted(self) -> Iterator[tuple[int, Size]]:
        return ((1 << number, size) for number, size in enumerate(self.sizes))

    def _all(self) -> Iterator[tuple[int, Size]]:
        sizes = (*self.sizes, REJECTION)
        return ((1 << number, size) for number, size in enumerate(sizes))
