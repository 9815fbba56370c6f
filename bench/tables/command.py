"""Do what a command does with a result, in a separate process; print what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.tables.place import ORIGINAL, peak_mb, sizes_of, stack
from resize_on_upload_cli.actions.batch import key_list
from resize_on_upload_cli.compare import plan_report
from resize_on_upload_cli.compare.plan import Plan
from resize_on_upload_cli.tables.table_diff import TableDiff


def main() -> None:
    """Print keys by state, CPU seconds, and the peak of the memory in MB."""
    kind, csv = sys.argv[1:]
    tables = TableDiff(stack(Path(csv)), sizes_of(kind))
    began = time.process_time()
    keys = _made(tables) if kind == "backfill" else _compared(tables, kind)
    cpu = round(time.process_time() - began, 2)
    print(json.dumps({"keys": keys, "cpu": cpu, "mb": peak_mb()}))


def _compared(tables: TableDiff, kind: str) -> dict[str, int]:
    plan = Plan(1_769, mirrors_deletes=True)
    if kind == "plan":
        tables.sum_up(plan)
    else:
        for diff in tables.differences(plan):
            plan_report.line(diff)
    return dict(plan.keys)


def _made(tables: TableDiff) -> dict[str, int]:
    with key_list.written(ORIGINAL, tables.keys_to_make()) as (_, number):
        return {"to make": number}


if __name__ == "__main__":
    main()
