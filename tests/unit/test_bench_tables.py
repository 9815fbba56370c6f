"""The benchmark of inventory tables: its library has the faults that it states."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.tables import __main__ as bench
from bench.tables import engine, library
from bench.tables.place import ORIGINAL, RESIZED, sizes_of
from resize_on_upload_cli.tables import rows
from resize_on_upload_cli.tables.query import SUMMARY, Question


def test_the_query_finds_the_planted_faults() -> None:
    with engine.connect(threads=1) as connection:
        library.fill(connection, library.CYCLE)
        question = Question(
            engine.table(ORIGINAL),
            engine.table(RESIZED),
            sizes_of("plan"),
            rows=SUMMARY,
        )
        lines = b"".join(engine.result(connection, question.sql())).decode()
    found = Counter[str]()
    for row in rows.read(lines.splitlines()):
        found[row.state] += row.number_of_keys
    bench.check("plan", dict(found), library.CYCLE)
    with pytest.raises(SystemExit, match="planted"):
        bench.check("plan", dict(found) | {"missing": 6}, library.CYCLE)


def test_its_table() -> None:
    row = {
        "command": "plan --from tables",
        "originals": 1_000_000,
        "differing": 2_400,
        "query_cpu": 1.26,
        "query_mb": 1_400.4,
        "csv_mb": 0.01,
        "cpu": 0.5,
        "mb": 57.6,
    }
    assert bench.table([row]).splitlines()[2] == (
        "| `plan --from tables` | 1,000,000 | 2,400 | 1.3 | 1,400 | 0.0 | 0.5 | 58 |"
    )
