"""Run the query of a command in DuckDB, in a separate process; print what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.tables import engine
from bench.tables.place import ORIGINAL, RESIZED, peak_mb, sizes_of
from resize_on_upload_cli.tables.query import (
    EVERY_DIFFERENCE,
    SUMMARY,
    TO_MAKE,
    Question,
)

_ROWS = {"plan": SUMMARY, "plan --all": EVERY_DIFFERENCE, "backfill": TO_MAKE}


def main() -> None:
    """Write the result as Athena does; print CPU seconds and the peak of the memory."""
    kind, tables, csv = sys.argv[1:]
    question = Question(
        engine.table(ORIGINAL),
        engine.table(RESIZED),
        sizes_of(kind),
        rows=_ROWS[kind],
    )
    with engine.connect(Path(tables), threads=2, memory_limit="2GB") as connection:
        began = time.process_time()
        with Path(csv).open("wb") as file:
            file.writelines(engine.result(connection, question.sql()))
        cpu = time.process_time() - began
    print(json.dumps({"cpu": round(cpu, 1), "mb": peak_mb()}))


if __name__ == "__main__":
    main()
