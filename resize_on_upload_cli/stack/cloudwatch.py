"""The deployed function's latest uploads, summed up from its CloudWatch metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from resize_on_upload.outputs.log_line import NAMESPACE
from resize_on_upload_cli.costs.upload_cost import MeanUpload
from resize_on_upload_cli.errors import DeploymentError

if TYPE_CHECKING:
    from resize_on_upload_cli.stack.deployment import Deployment


@dataclass(frozen=True, slots=True)
class RecentUploads:
    """The uploads of the last hours.

    Attributes:
        uploads: Originals processed, including rejected ones.
        mean: One of them. Its time includes deletes, repeated and skipped events, and
            waiting for S3.
        memory: The function's memory now, in MB.
    """

    uploads: float
    mean: MeanUpload
    memory: int


def recent_uploads(deployment: Deployment, hours: int) -> RecentUploads:
    """Return the uploads of the last hours.

    Raises:
        DeploymentError: nothing was uploaded, or no metrics were kept.
    """
    uploads = _sum(deployment, "uploads", hours)
    if not uploads:
        msg = (
            f"CloudWatch has no upload in the last {hours} h: name files to measure "
            "here, give more --hours, or deploy with `metrics` other than none"
        )
        raise DeploymentError(msg)
    mean = MeanUpload(
        milliseconds=_sum(deployment, "duration_ms", hours) / uploads,
        source_bytes=_sum(deployment, "source_bytes", hours) / uploads,
        written_bytes=_sum(deployment, "bytes_written", hours) / uploads,
        variants=_sum(deployment, "sizes_written", hours) / uploads,
    )
    return RecentUploads(uploads, mean, int(deployment.function["MemorySize"]))


def _sum(deployment: Deployment, metric: str, hours: int) -> float:
    end = datetime.now(UTC) + timedelta(minutes=1)
    response = deployment.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric,
        Dimensions=[
            {"Name": "function_name", "Value": deployment.outputs["FunctionName"]}
        ],
        StartTime=end - timedelta(hours=hours),
        EndTime=end,
        Period=3_600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in response["Datapoints"]))
