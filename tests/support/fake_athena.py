"""Athena in memory: it runs the commands' SQL in DuckDB on the fake buckets."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from bench.tables import engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb
    from botocore.exceptions import ClientError

    from tests.support.fake_s3 import FakeS3, Stored

SUCCEEDED = {"State": "SUCCEEDED"}


@cache
def _connection(*buckets: str) -> duckdb.DuckDBPyConnection:
    """Connecting takes longer than a query of a few rows."""
    connection = engine.connect(threads=1)
    for bucket in buckets:
        engine.create(connection, bucket)
    return connection


def rows(s3: FakeS3, bucket: str) -> Iterator[tuple[Any, ...]]:
    """Yield what S3 would have in the table of a bucket: every version."""
    versioned = bucket in s3.versioned
    for key, versions in s3.buckets[bucket].items():
        for stored in versions:
            yield _row(bucket, key, stored, versioned=versioned)


def _row(bucket: str, key: str, stored: Stored, *, versioned: bool) -> tuple[Any, ...]:
    number = int(stored.version.removeprefix("v"))
    is_marker = stored.body is None
    return (
        bucket,
        key,
        f"80e737d8b4d82f776aff{number:020x}",
        stored.version if versioned else None,
        is_marker,
        None if is_marker else len(stored.body or b""),
        stored.modified.replace(tzinfo=None),
        None if is_marker else stored.etag.strip('"'),
        None if is_marker else "STANDARD",
        _map({}),
        None if is_marker else _map(stored.metadata),
    )


def _map(content: Mapping[str, str]) -> dict[str, list[str]]:
    """Return a map as DuckDB's module takes it."""
    return {"key": list(content), "value": list(content.values())}


@dataclass
class FakeAthena:
    """A client of Athena, whose results are in a bucket of the fake S3.

    Attributes:
        s3: Whose buckets the tables are about.
        course: What GetQueryExecution says, one call after the other; the last stays.
        refusal: Raised in place of starting a query.
        queries: The texts that were started.
        stopped: The ids of the queries that were stopped.
        lagging: Tables that have not seen any change since, by their bucket.
    """

    s3: FakeS3
    results: str
    course: list[dict[str, Any]] = field(
        default_factory=lambda: [{"State": "QUEUED"}, {"State": "RUNNING"}, SUCCEEDED]
    )
    refusal: ClientError | None = None
    queries: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    lagging: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def start_query_execution(self, **call: Any) -> dict[str, Any]:
        assert len(call["ClientRequestToken"]) >= 32
        assert len(call["QueryString"].encode()) <= 262_144
        if self.refusal:
            raise self.refusal
        assert call["WorkGroup"] == "tables"
        self.queries.append(call["QueryString"])
        return {"QueryExecutionId": f"query-{len(self.queries)}"}

    def stop_query_execution(self, **call: Any) -> None:
        self.stopped.append(call["QueryExecutionId"])

    def get_query_execution(self, **call: Any) -> dict[str, Any]:
        status = self.course.pop(0) if len(self.course) > 1 else self.course[0]
        found = {"QueryExecutionId": call["QueryExecutionId"], "Status": status}
        if status["State"] == "SUCCEEDED":
            key = f"athena/{call['QueryExecutionId']}.csv"
            self.s3.put_object(Bucket=self.results, Key=key, Body=self._result())
            found["ResultConfiguration"] = {
                "OutputLocation": f"s3://{self.results}/{key}"
            }
            found["Statistics"] = {"DataScannedInBytes": 12_345_678}
        return {"QueryExecution": deepcopy(found)}

    def freeze(self, bucket: str) -> None:
        """Let the table of a bucket miss all later changes."""
        self.lagging[bucket] = list(rows(self.s3, bucket))

    def _result(self) -> bytes:
        buckets = [name for name in self.s3.buckets if name != self.results]
        connection = _connection(*buckets)
        for bucket in buckets:
            connection.execute(f"TRUNCATE {engine.table(bucket)}")
            found = self.lagging.get(bucket, list(rows(self.s3, bucket)))
            insert(connection, bucket, found)
        return b"".join(engine.result(connection, self.queries[-1]))


def insert(
    connection: duckdb.DuckDBPyConnection,
    bucket: str,
    found: Sequence[tuple[Any, ...]],
) -> None:
    """Add rows to the table of a bucket."""
    if found:
        marks = ", ".join("?" * len(found[0]))
        into = f"INSERT INTO {engine.table(bucket)} VALUES ({marks})"  # noqa: S608 - test data
        connection.executemany(into, found)
