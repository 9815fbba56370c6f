"""What `backfill` prints about a job, for people or as JSON, and its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli.compare import plan_report
from resize_on_upload_cli.compare.plan import Plan
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import write, write_json

if TYPE_CHECKING:
    from resize_on_upload_cli.actions.batch.job_to_start import JobToStart
    from resize_on_upload_cli.actions.batch.result import JobResult
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.tables.table_diff import TableDiff


def print_number(stack: Deployment, tables: TableDiff, *, as_json: bool) -> int:
    """Print how many keys a job would make; return the exit code."""
    plan = Plan(stack.function["MemorySize"], stack.mirrors_deletes)
    tables.sum_up(plan)
    if as_json:
        about = {"keys": plan.to_make, "dollars": round(plan.dollars, 4)}
        write_json("backfill-tables", about | {"tables": tables.document()})
    else:
        write(tables.line(), *plan_report.job(plan))
    return ExitCode.WORK_LEFT if plan.to_make else ExitCode.SUCCESS


def print_job_to_start(job: JobToStart, *, as_json: bool) -> int:
    """Print a job for all originals that was not started; return the exit code."""
    if as_json:
        write_json("backfill-all", job.document())
    else:
        write(*job.lines(), "Run it again with --yes to start the job.")
    return ExitCode.WORK_LEFT


def print_job(result: JobResult | None, *, as_json: bool) -> int:
    """Print how a job has ended, if there was one; return the exit code."""
    if as_json:
        write_json("backfill-job", result.document() if result else {"tasks": 0})
    else:
        write(*(result.lines() if result else ["Nothing to do."]))
    done = result is None or result.is_complete
    return ExitCode.SUCCESS if done else ExitCode.WORK_LEFT
