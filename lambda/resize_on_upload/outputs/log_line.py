"""Write one JSON line to the log, with the numbers that CloudWatch keeps as metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .. import __version__
from .peak_memory import peak_mb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..imaging.sandbox.sandbox import Sandbox

SERVICE = "resize-on-upload"
NAMESPACE = "ResizeOnUpload"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the lines of one invocation share.

    Attributes:
        function, request_id: Lambda's names.
        cold_start: Whether this is the first invocation of its environment.
        metrics: One of telemetry.METRICS.
    """

    function: str
    request_id: str
    cold_start: bool
    metrics: str


@dataclass(frozen=True, slots=True)
class Decoder:
    """What a line reports about the decoder's process.

    Attributes:
        memory_mb: The peak of the function and of that process.
        walls: On an environment's first line, by the names in imaging/walls: "on", or
            why one is missing.
        rows: On the same line, whether images are decoded by rows: "on", or why not.
    """

    memory_mb: int
    walls: dict[str, str] | None = None
    rows: str | None = None

    @classmethod
    def of(cls, sandbox: Sandbox, *, cold_start: bool) -> Decoder:
        """Look at the process now."""
        if not (cold_start and sandbox.walls):
            return cls(peak_mb(sandbox.pid))
        walls = {name: why or "on" for name, why in sandbox.walls.items()}
        return cls(peak_mb(sandbox.pid), walls, sandbox.whole or "on")


def write(
    outcome: Mapping[str, Any],
    fields: Mapping[str, Any],
    invocation: Invocation,
    metrics: Mapping[str, str],
    by_reason: Iterable[str] = (),
) -> None:
    """Write a line to standard output, which Lambda collects.

    Args:
        outcome: Event, level, and perhaps reason and message.
        fields: All else; None is left out.
        invocation: The invocation.
        metrics: Name and unit of the numbers that CloudWatch keeps.
        by_reason: Those of them to keep by reason, too, if they are not zero.
    """
    line = {
        **outcome,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "service": SERVICE,
        "version": __version__,
        "function_name": invocation.function,
        "cold_start": invocation.cold_start,
        "function_request_id": invocation.request_id,
        **fields,
    }
    line = {k: v for k, v in line.items() if v is not None}
    if metrics:
        line["_aws"] = _directive(line, metrics, by_reason)
    # ASCII only: a key may contain line breaks or terminal codes.
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _directive(
    line: Mapping[str, Any], wanted: Mapping[str, str], by_reason: Iterable[str]
) -> dict[str, Any]:
    """Declare the line's metrics."""
    listed = [{"Name": k, "Unit": unit} for k, unit in wanted.items() if k in line]
    metrics = [_metrics(["function_name"], listed)]
    for name in by_reason:
        if line[name]:
            counted = [{"Name": name, "Unit": "Count"}]
            metrics.append(_metrics(["function_name", "reason"], counted))
    return {"Timestamp": int(time.time() * 1_000), "CloudWatchMetrics": metrics}


def _metrics(by: list[str], listed: list[dict[str, str]]) -> dict[str, Any]:
    return {"Namespace": NAMESPACE, "Dimensions": [by], "Metrics": listed}
