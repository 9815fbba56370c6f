"""One JSON line an upload: what came in, what came out, how long, and why not.

Key names are those people search for in CloudWatch Logs; the event itself is never
logged.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .errors import Rejected

if TYPE_CHECKING:
    from .events import Change
    from .report import Report

SERVICE = "resize-on-upload"


def log(
    change: Change | None,
    report: Report,
    error: Exception | None,
    *,
    request_id: str,
    cold_start: bool,
) -> None:
    """Write the key's line to standard output, where Lambda collects it."""
    line = {
        **_outcome(report, error),
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "service": SERVICE,
        "cold_start": cold_start,
        "function_request_id": request_id,
        "bucket": change.bucket if change else None,
        "key": change.key if change else None,
        "version_id": change.version_id if change else None,
        **_sizes(report),
        **_times(report),
    }
    # ensure_ascii: a key may hold line breaks or terminal codes.
    text = json.dumps({k: v for k, v in line.items() if v is not None})
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _outcome(report: Report, error: Exception | None) -> dict[str, Any]:
    match error:
        case None if report.skipped:
            return {"event": "image.skipped", "level": "INFO", "reason": report.skipped}
        case None if report.source is None:
            return {"event": "image.removed", "level": "INFO"}
        case None:
            return {"event": "image.resized", "level": "INFO"}
        case Rejected():
            return {
                "event": "image.rejected",
                "level": "ERROR",
                "reason": error.code,
                "message": str(error),
            }
        case _:
            return {
                "event": "image.failed",
                "level": "ERROR",
                "reason": type(error).__name__,
                "message": str(error),
            }


def _times(report: Report) -> dict[str, float]:
    """By step; derive is decode, resize and encode, and the way to the decoder."""
    return {f"{step}_ms": round(ms, 1) for step, ms in report.milliseconds.items()}


def _sizes(report: Report) -> dict[str, Any]:
    line: dict[str, Any] = {
        "sizes_written": len(report.written),
        "sizes_removed": len(report.removed),
        "bytes_written": report.bytes_written,
        "rounds": report.rounds,
        "source_bytes": report.source_bytes,
    }
    if picture := report.picture:
        line["source_format"] = picture.format
        line["source_width"], line["source_height"] = picture.width, picture.height
    return line
