"""The inventory tables of a library: originals, three sizes of each, and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.tables import engine
from bench.tables.place import ORIGINAL, RESIZED, SIZES
from resize_on_upload.reconcile.recipe import combined_recipe, recipe
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.tables.literals import text

if TYPE_CHECKING:
    import duckdb

    from resize_on_upload.sizes.size import Size

CYCLE = 10_000
"""Originals of which the numbers below are planted; a library has whole cycles."""

MISSING, OUTDATED, OF_ANOTHER, REJECTED, GONE = 5, 10, 3, 2, 4
_ENDS = (5, 15, 18, 20, 24)
"""Of a cycle, the first originals lack their second size, and so on. Those that are
gone have a delete marker. Each tenth original has an older version."""

EXPECTED = {
    "missing": MISSING,
    "stale": OUTDATED + OF_ANOTHER,
    "rejected": REJECTED,
    "orphaned": GONE,
}
"""Keys of a cycle by state; all others are current."""

_KEY = (
    "'photos/' || lpad(CAST(i // 1000 AS VARCHAR), 6, '0') || '/image ' || i || '.jpg'"
)
_WHEN = "TIMESTAMP '2026-01-01' + to_seconds(i)"


def fill(connection: duckdb.DuckDBPyConnection, originals: int) -> None:
    """Create both tables, and fill them."""
    sizes = parse(SIZES)
    for bucket in (ORIGINAL, RESIZED):
        engine.create(connection, bucket)
    gone = f"i % {CYCLE} >= {_ENDS[3]} AND i % {CYCLE} < {_ENDS[4]}"
    connection.execute(_versions(originals, "1", "'v1-' || i", "i % 10 = 0", "FALSE"))
    connection.execute(_versions(originals, "2", "'v2-' || i", "TRUE", "FALSE"))
    connection.execute(_versions(originals, "3", "'v3-' || i", gone, "TRUE"))
    for number, size in enumerate(sizes):
        connection.execute(_variants(originals, size, number))
    connection.execute(_rejections(originals, combined_recipe(sizes)))


def _versions(originals: int, order: str, version: str, which: str, gone: str) -> str:
    return (
        f"INSERT INTO {engine.table(ORIGINAL)} "  # noqa: S608 - made here
        f"SELECT '{ORIGINAL}', {_KEY}, '80e7' || '{order}', {version}, {gone}, "
        f"CASE WHEN {gone} THEN NULL ELSE 3200000 END, {_WHEN}, "
        f"md5(CAST(i AS VARCHAR)), 'STANDARD', MAP {{}}, MAP {{}} "
        f"FROM range({originals}) AS t(i) WHERE {which}"
    )


def _variants(originals: int, size: Size, number: int) -> str:
    """All variants of a size; only the second size has faults."""
    place = f"i % {CYCLE}"
    absent = f"({place} < {_ENDS[0]} OR {place} >= {_ENDS[2]} AND {place} < {_ENDS[3]})"
    made_by, source = text(recipe(size)), "'v2-' || i"
    if number == 1:
        outdated = f"{place} >= {_ENDS[0]} AND {place} < {_ENDS[1]}"
        of_another = f"{place} >= {_ENDS[1]} AND {place} < {_ENDS[2]}"
        made_by = f"CASE WHEN {outdated} THEN 'outdated' ELSE {made_by} END"
        source = f"CASE WHEN {of_another} THEN 'v1-' || i ELSE {source} END"
    which = f"NOT {absent}" if number == 1 else "TRUE"
    return _written(f"'{size.name}/' || {_KEY}", source, made_by, originals, which)


def _rejections(originals: int, made_by: str) -> str:
    place = f"i % {CYCLE}"
    which = f"{place} >= {_ENDS[2]} AND {place} < {_ENDS[3]}"
    key = f"'rejected/' || {_KEY} || '.json'"
    return _written(key, "'v2-' || i", text(made_by), originals, which)


def _written(key: str, source: str, made_by: str, originals: int, which: str) -> str:
    return (
        f"INSERT INTO {engine.table(RESIZED)} "  # noqa: S608 - made here
        f"SELECT '{RESIZED}', {key}, '80e7', NULL, FALSE, 5000, {_WHEN}, "
        f"md5(CAST(i AS VARCHAR)), 'STANDARD', MAP {{}}, MAP {{'source': {source}, "
        f"'recipe': {made_by}, 'code': 'corrupt', "
        f"'prefix': split_part({key}, '/', 1), 'width': '150', 'height': '100'}} "
        f"FROM range({originals}) AS t(i) WHERE {which}"
    )
