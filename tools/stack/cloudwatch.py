"""What the deployed function did lately, by the numbers that CloudWatch keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from resize_on_upload.outputs.telemetry import NAMESPACE
from tools.stack.deployment import DeploymentError

if TYPE_CHECKING:
    from tools.stack.deployment import Deployment


@dataclass(frozen=True, slots=True)
class History:
    """Sums of a time that has passed.

    Attributes:
        uploads: Originals that came, also those rejected.
        milliseconds: Of every key's work: also of deletes, of repeated and of skipped
            events, and what S3 was waited for.
        sizes: Objects written.
        source_bytes, written_bytes: Read and written.
        memory: MB, as deployed now.
    """

    uploads: float
    milliseconds: float
    sizes: float
    source_bytes: float
    written_bytes: float
    memory: int


def read(deployment: Deployment, hours: int) -> History:
    """The last hours.

    Raises:
        DeploymentError: nothing was uploaded in them, or nothing was kept of it.
    """
    history = History(
        uploads=_sum(deployment, "uploads", hours),
        milliseconds=_sum(deployment, "duration_ms", hours),
        sizes=_sum(deployment, "sizes_written", hours),
        source_bytes=_sum(deployment, "source_bytes", hours),
        written_bytes=_sum(deployment, "bytes_written", hours),
        memory=int(deployment.function["MemorySize"]),
    )
    if not history.uploads:
        msg = (
            f"CloudWatch knows of no upload in the last {hours} h: name files to "
            "measure here, more --hours, or deploy with `metrics` other than none"
        )
        raise DeploymentError(msg)
    return history


def _sum(deployment: Deployment, name: str, hours: int) -> float:
    end = datetime.now(UTC) + timedelta(minutes=1)
    answer = deployment.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=name,
        Dimensions=[
            {"Name": "function_name", "Value": deployment.outputs["FunctionName"]}
        ],
        StartTime=end - timedelta(hours=hours),
        EndTime=end,
        Period=3_600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))
