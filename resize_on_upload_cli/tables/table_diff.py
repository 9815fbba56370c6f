"""The difference between both buckets and sizes.json, by their inventory tables."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.compare import dropped_sizes
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.tables import athena, inventory, rows
from resize_on_upload_cli.tables.age import TablesAge
from resize_on_upload_cli.tables.query import (
    EVERY_DIFFERENCE,
    SUMMARY,
    TO_MAKE,
    Question,
)
from resize_on_upload_cli.tables.size_bits import SizeBits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.compare.plan import Plan
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.tables.rows import Row

    _Parsed = TypeVar("_Parsed")


@dataclass(slots=True)
class TableDiff:
    """What one query finds.

    Attributes:
        prefix: Only keys that begin with it, and no dropped sizes.
        age: Of the tables; known as soon as one row was read.
        scanned: Bytes that the query read.
    """

    deployment: Deployment
    sizes: Sequence[Size]
    prefix: str = ""
    age: TablesAge = field(default_factory=TablesAge)
    scanned: int = 0

    def sum_up(self, plan: Plan) -> None:
        """Add everything to a plan, with some keys of each state."""
        found = self._rows(SUMMARY)
        for row in sorted(found, key=lambda row: tuple(row.keys)):
            self._add(row, plan)
        plan.foreign.sort(key=dropped_sizes.place)

    def differences(self, plan: Plan) -> Iterator[KeyDiff]:
        """Add everything to a plan; yield each key that is not up to date."""
        for row in self._rows(EVERY_DIFFERENCE):
            self._add(row, plan)
            if row.is_listed:
                yield row.diff(row.keys[0], self._bits)
        plan.foreign.sort(key=dropped_sizes.place)

    def to_make(self) -> Iterator[KeyDiff]:
        """Yield each key that is missing or stale."""
        for row in self._rows(TO_MAKE):
            if row.is_listed:
                yield row.diff(row.keys[0], self._bits)

    def keys_to_make(self, ended: float | None = None) -> Iterator[str]:
        """Yield the keys alone, in less time.

        Args:
            ended: When the last job ended, which the tables must have seen.
        """
        for age, key in self._read(TO_MAKE, rows.read_keys):
            self.age = age
            age.require_after(ended, self._now)
            if key is not None:
                yield key

    def line(self) -> str:
        """Return how old the tables are, for people."""
        if self.prefix and self.age == TablesAge():
            return f"Nothing in the tables begins with {self.prefix}."
        return self.age.line(self._now)

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {**self.age.document(), "scanned_bytes": self.scanned}

    @property
    def _bits(self) -> SizeBits:
        return SizeBits(tuple(self.sizes))

    @property
    def _now(self) -> float:
        return self.deployment.clock.wall_time()

    def _add(self, row: Row, plan: Plan) -> None:
        if row.state == rows.FOLDER:
            plan.foreign.append(row.foreign_prefix())
        else:
            diffs = [row.diff(key, self._bits) for key in row.keys]
            plan.add_alike(diffs, row.number_of_keys)

    def _rows(self, wanted: Mapping[str, str]) -> Iterator[Row]:
        for row in self._read(wanted, rows.read):
            self.age = row.age
            yield row

    def _read(
        self,
        wanted: Mapping[str, str],
        parse: Callable[[Iterable[str]], Iterator[_Parsed]],
    ) -> Iterator[_Parsed]:
        """Ask for these rows, and parse the result as it arrives."""
        workgroup = inventory.workgroup(self.deployment)
        sql = self._question(wanted).sql()
        result = athena.run(self.deployment, workgroup, sql)
        self.scanned = result.scanned
        try:
            yield from parse(result.lines(self.deployment))
        except (ValueError, LookupError, TypeError, csv.Error) as error:
            msg = (
                f"the result of Athena's query {result.query} is not what was asked "
                f"for ({error}): {result.location}"
            )
            raise DeploymentError(msg) from error

    def _question(self, wanted: Mapping[str, str]) -> Question:
        stack = self.deployment
        return Question(
            inventory.table(stack, stack.original),
            inventory.table(stack, stack.resized),
            self.sizes,
            stack.store.carry_over,
            self.prefix,
            wanted,
            stack.expiration_days,
            self._now,
        )
