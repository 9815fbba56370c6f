"""One JSON log line per key: its outcome, bytes, times and the reason of a failure.

The names are those people search for in CloudWatch Logs; the event itself is never
logged. The line lists those of its numbers that CloudWatch keeps as metrics:
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
from ..errors import Failed, Rejected
from ..reasons import SKIPPED, Reason

if TYPE_CHECKING:
    from ..events.envelopes import Change
    from ..reconcile.report import Report

SERVICE = "resize-on-upload"
NAMESPACE = "ResizeOnUpload"

# An account's first ten metrics are free; those of the steps are optional.
ESSENTIAL_METRICS = {
    "uploads": "Count",
    "sizes_written": "Count",
    "skipped": "Count",
    "rejected": "Count",
    "failed": "Count",
    "source_bytes": "Bytes",
    "bytes_written": "Bytes",
    "duration_ms": "Milliseconds",
    "cold_starts": "Count",
    "memory_mb": "Megabytes",
}
STEP_METRICS = {
    f"{step}_ms": "Milliseconds"
    for step in (
        *("look", "download", "derive", "decode", "resize", "encode"),
        *("write", "remove", "recheck"),
    )
}
METRICS = {
    "none": {},
    "essential": ESSENTIAL_METRICS,
    "all": ESSENTIAL_METRICS | STEP_METRICS,
}
"""The metrics that CloudWatch keeps, by the deployment's setting."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the lines of one invocation share.

    Attributes:
        function, request_id: Lambda's names.
        cold_start: Whether this is the first invocation of its environment.
        metrics: One of METRICS.
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
        walls: On an environment's first line, by hardening.py's names: "on", or why
            the kernel refused one.
    """

    memory_mb: int
    walls: dict[str, str] | None = None


def log(
    change: Change | None,
    report: Report,
    error: Exception | None,
    invocation: Invocation,
    decoder: Decoder,
) -> None:
    """Write the key's line to standard output, which Lambda collects."""
    outcome = _outcome(report, error)
    line = {
        **outcome,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "service": SERVICE,
        "version": __version__,
        "function_name": invocation.function,
        "cold_start": invocation.cold_start,
        "function_request_id": invocation.request_id,
        "bucket": change.bucket if change else None,
        "key": change.key if change else None,
        "version_id": change.version_id if change else None,
        "uploads": int(bool(change and change.created)),
        "cold_starts": int(invocation.cold_start),
        "memory_mb": decoder.memory_mb,
        "decoder_walls": decoder.walls,
        **_counters(outcome["event"]),
        **_sizes(report),
        **_times(report),
    }
    line = {k: v for k, v in line.items() if v is not None}
    if wanted := METRICS[invocation.metrics]:
        line["_aws"] = _directive(line, wanted)
    # ASCII only: a key may contain line breaks or terminal codes.
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _directive(line: dict[str, Any], wanted: dict[str, str]) -> dict[str, Any]:
    """Declare the line's metrics; rejected and failed ones also by reason."""
    listed = [{"Name": k, "Unit": unit} for k, unit in wanted.items() if k in line]
    metrics = [_metrics(["function_name"], listed)]
    for name in ("rejected", "failed"):
        if line[name]:
            by_reason = [{"Name": name, "Unit": "Count"}]
            metrics.append(_metrics(["function_name", "reason"], by_reason))
    return {"Timestamp": int(time.time() * 1_000), "CloudWatchMetrics": metrics}


def _metrics(by: list[str], listed: list[dict[str, str]]) -> dict[str, Any]:
    return {"Namespace": NAMESPACE, "Dimensions": [by], "Metrics": listed}


def _counters(event: str) -> dict[str, int]:
    names = ("skipped", "rejected", "failed")
    return {name: int(event == f"image.{name}") for name in names}


def _outcome(report: Report, error: Exception | None) -> dict[str, Any]:
    match error:
        case None if report.skipped:
            message = SKIPPED[report.skipped]
            return _explained("skipped", "INFO", report.skipped, message)
        case None if report.source_id is None:
            return {"event": "image.removed", "level": "INFO"}
        case None:
            return {"event": "image.resized", "level": "INFO"}
        case Rejected():
            return _explained("rejected", "WARNING", error.reason, str(error))
        case Failed():
            return _explained("failed", "ERROR", error.reason, str(error))
        case _:
            message = f"{type(error).__name__}: {error}"
            return _explained("failed", "ERROR", Reason.INTERNAL_ERROR, message)


def _explained(
    outcome: str, level: str, reason: Reason, message: str
) -> dict[str, Any]:
    return {
        "event": f"image.{outcome}",
        "level": level,
        "reason": reason,
        "message": message,
    }


def _times(report: Report) -> dict[str, float]:
    """Times by step; derive includes decode, resize, encode and the decoder's pipe."""
    return {f"{step}_ms": round(ms, 1) for step, ms in report.milliseconds.items()}


def _sizes(report: Report) -> dict[str, Any]:
    line: dict[str, Any] = {
        "sizes_written": len(report.written),
        "sizes_removed": len(report.removed),
        "bytes_written": report.bytes_written,
        "rounds": report.rounds,
        "source_bytes": report.source_bytes,
    }
    if source := report.source_info:
        line["source_format"] = source.format
        line["source_width"], line["source_height"] = source.width, source.height
    return line
