"""One JSON log line per key: its outcome, bytes, times and the reason of a failure.

The names are those people search for in CloudWatch Logs; the event itself is never
logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Failed, Rejected
from ..reasons import SKIPPED, Reason
from .log_line import write

if TYPE_CHECKING:
    from ..events.envelopes import Change
    from ..reconcile.report import Report
    from .log_line import Decoder, Invocation

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
INVALIDATION_METRICS = {"invalidations": "Count", "invalidations_failed": "Count"}
"""Only in the lines of keys whose variants caches have to forget."""

THROTTLE_METRICS = {"throttled": "Count"}
"""Only in the lines of keys for which S3 was overloaded."""

_OCCASIONAL_METRICS = INVALIDATION_METRICS | THROTTLE_METRICS

METRICS = {
    "none": {},
    "essential": ESSENTIAL_METRICS | _OCCASIONAL_METRICS,
    "all": ESSENTIAL_METRICS | STEP_METRICS | _OCCASIONAL_METRICS,
}
"""The metrics that CloudWatch keeps, by the deployment's setting."""


def log(
    change: Change | None,
    report: Report,
    error: Exception | None,
    invocation: Invocation,
    decoder: Decoder,
) -> None:
    """Write the key's line to standard output, which Lambda collects."""
    outcome = _outcome(report, error)
    fields = {
        "bucket": change.bucket if change else None,
        "key": change.key if change else None,
        "version_id": change.version_id if change else None,
        "uploads": int(bool(change and change.created)),
        "cold_starts": int(invocation.cold_start),
        "memory_mb": decoder.memory_mb,
        "decoder_walls": decoder.walls,
        "decoder_rows": decoder.rows,
        **_counters(outcome["event"]),
        **_invalidation(report),
        **work_done(report),
    }
    wanted = METRICS[invocation.metrics]
    write(outcome, fields, invocation, wanted, ("rejected", "failed"))


def work_done(report: Report) -> dict[str, Any]:
    """The numbers of a report, as fields of a line."""
    return _sizes(report) | _times(report)


def _counters(event: str) -> dict[str, int]:
    names = ("skipped", "rejected", "failed")
    return {name: int(event == f"image.{name}") for name in names}


def _invalidation(report: Report) -> dict[str, Any]:
    if report.invalidated is None:
        return {}
    return {
        "invalidations": int(report.invalidated),
        "invalidations_failed": int(not report.invalidated),
        "invalidation_error": report.invalidation_error,
    }


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
        "exceeds_max_bytes": report.exceeds_max_bytes or None,
        "rounds": report.rounds,
        "throttled": report.throttled or None,
        "source_bytes": report.source_bytes,
        "focus": str(report.focus) if report.focus else None,
        "focus_ignored": report.focus_ignored,
        "hdr": report.hdr,
    }
    if source := report.source_info:
        line["source_format"] = source.format
        line["source_width"], line["source_height"] = source.width, source.height
    return line
