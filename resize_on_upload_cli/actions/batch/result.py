"""How a job of S3 Batch Operations has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3control.type_defs import (
        JobDescriptorTypeDef,
        JobProgressSummaryTypeDef,
    )

_AGAIN = "run the same command again for the rest: nothing that is done is made twice."
_ADVICE = {
    "Cancelled": f"The job was cancelled; {_AGAIN}",
    "Failed": f"S3 stopped the job; fix the cause, then {_AGAIN}",
}


@dataclass(frozen=True, slots=True)
class JobResult:
    """A job that has ended.

    Attributes:
        tasks: S3's ProgressSummary.
        report: Where S3 wrote the report.
        reasons: Why the job failed, if it did.
    """

    id: str
    status: str
    tasks: JobProgressSummaryTypeDef
    report: str
    reasons: tuple[str, ...]

    @property
    def succeeded(self) -> int:
        """The number of keys that were processed."""
        return int(self.tasks.get("NumberOfTasksSucceeded", 0))

    @property
    def failed(self) -> int:
        """The number of keys that failed or were rejected."""
        return int(self.tasks.get("NumberOfTasksFailed", 0))

    @property
    def is_complete(self) -> bool:
        """Whether every key was processed."""
        return self.status == "Complete" and not self.failed

    def lines(self) -> list[str]:
        """Return what people read."""
        total = int(self.tasks.get("TotalNumberOfTasks", 0))
        left = total - self.succeeded - self.failed
        begun = f", {left:,} of {total:,} not begun" if left > 0 else ""
        advice = _ADVICE.get(self.status)
        first = (
            f"{self.status}: {self.succeeded:,} done, {self.failed:,} failed or "
            f"rejected{begun}. Report: {self.report}"
        )
        return [first, *self.reasons, *([advice] if advice else ())]

    def document(self) -> dict[str, Any]:
        """Return what programs read."""
        document = {"job": self.id, "status": self.status, "tasks": self.tasks}
        return document | {"report": self.report, "reasons": list(self.reasons)}


def of_job(described: JobDescriptorTypeDef, jobs: str) -> JobResult:
    """Return the result of a job, as S3 describes it.

    Args:
        described: The job.
        jobs: The name of the bucket of reports.
    """
    reasons = described.get("FailureReasons", ())
    return JobResult(
        id=described["JobId"],
        status=described["Status"],
        tasks=described.get("ProgressSummary", {}),
        report=f"s3://{jobs}/{described['Report']['Prefix']}/",
        reasons=tuple(one["FailureReason"] for one in reasons),
    )
