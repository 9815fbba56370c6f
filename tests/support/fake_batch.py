"""S3 Batch Operations in memory: it accepts what botocore's model describes."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from botocore.session import Session
from botocore.validate import ParamValidator

_MODEL = Session().get_service_model("s3control")

ALL_DONE = {
    "TotalNumberOfTasks": 5,
    "NumberOfTasksSucceeded": 5,
    "NumberOfTasksFailed": 0,
}


def validate(request: dict[str, Any]) -> None:
    """Raise what boto3 raises for a wrong CreateJob."""
    shape: Any = _MODEL.operation_model("CreateJob").input_shape
    found = ParamValidator().validate(request, shape)
    if found.has_errors():
        raise ParamValidationError(report=found.generate_report())


@dataclass
class FakeBatch:
    """A client of S3 Control.

    Attributes:
        course: What DescribeJob says, one call after the other; the last one stays.
        created: The requests.
        unknown: DescribeJob finds no job until one was created.
    """

    course: list[dict[str, Any]] = field(
        default_factory=lambda: [{"Status": "Complete", "ProgressSummary": ALL_DONE}]
    )
    created: list[dict[str, Any]] = field(default_factory=list)
    unknown: bool = False

    def create_job(self, **request: Any) -> dict[str, Any]:
        """Keep the request."""
        validate(request)
        self.created.append(deepcopy(request))
        return {"JobId": f"job-{len(self.created)}"}

    def describe_job(self, **call: Any) -> dict[str, Any]:
        """Return the next state."""
        if self.unknown and not self.created:
            details: Any = {"Error": {"Code": "NoSuchJob", "Message": "no such job"}}
            raise ClientError(details, "DescribeJob")
        state = self.course.pop(0) if len(self.course) > 1 else self.course[0]
        job = {"JobId": call["JobId"], "Report": {"Enabled": True, "Prefix": "folder"}}
        return {"Job": job | state}
