"""DuckDB in place of Athena: it runs the commands' SQL as it is.

Trino's functions that DuckDB lacks, or has with another meaning, are macros here.
https://trino.io/docs/current/functions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from resize_on_upload_cli.tables.inventory import CATALOG
from resize_on_upload_cli.tables.literals import name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_MACROS = (
    "element_at(of_map, of_key) AS of_map[of_key]",
    "bitwise_and(a, b) AS a & b",
    "bitwise_not(a) AS ~a",
    "to_unixtime(a) AS epoch(a)",
    "to_utf8(a) AS encode(a)",
    "sha256(a) AS unhex(system.main.sha256(a))",
    "array_join(a, separator) AS list_aggregate(a, 'string_agg', ' ')",
)

_COLUMNS = (
    "bucket VARCHAR, key VARCHAR, sequence_number VARCHAR, version_id VARCHAR, "
    "is_delete_marker BOOLEAN, size BIGINT, last_modified_date TIMESTAMP, "
    "e_tag VARCHAR, storage_class VARCHAR, object_tags MAP(VARCHAR, VARCHAR), "
    "user_metadata MAP(VARCHAR, VARCHAR)"
)
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-inventory-schema.html"""

_ROWS_AT_ONCE = 10_000


def connect(
    file: Path | None = None, **settings: str | int
) -> duckdb.DuckDBPyConnection:
    """Return a database whose tables are in a file, or in memory.

    Args:
        file: Of the tables; None for memory.
        settings: Of DuckDB.
    """
    connection = duckdb.connect(config=dict(settings))
    where = str(file or ":memory:").replace("'", "''")
    connection.execute(f"ATTACH '{where}' AS {name(CATALOG)}")
    for macro in _MACROS:
        connection.execute(f"CREATE MACRO {macro}")
    return connection


def create(connection: duckdb.DuckDBPyConnection, bucket: str) -> None:
    """Add the empty table of a bucket."""
    connection.execute(f"CREATE SCHEMA {name(CATALOG, f'b_{bucket}')}")
    connection.execute(f"CREATE TABLE {table(bucket)} ({_COLUMNS})")


def table(bucket: str) -> str:
    """Return the name of a bucket's table, as SQL has it."""
    return name(CATALOG, f"b_{bucket}", "inventory")


def result(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[bytes]:
    """Run a query; yield its result as Athena writes it: quoted, NULL is empty."""
    cursor = connection.execute(sql)
    yield _csv([[one[0] for one in cursor.description or ()]])
    while found := cursor.fetchmany(_ROWS_AT_ONCE):
        yield _csv(found)


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows).encode()


def _quoted(value: object) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'
