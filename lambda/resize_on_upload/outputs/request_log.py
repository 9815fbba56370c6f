"""One JSON log line per viewer's request that reached the on-request function."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..errors import ResizeOnUploadError
from ..reasons import Reason
from .log_line import write
from .telemetry import work_done

if TYPE_CHECKING:
    from ..reconcile.report import Report
    from .log_line import Decoder, Invocation

_METRICS = {
    "requests": "Count",
    "made": "Count",
    "found": "Count",
    "refused": "Count",
    "failed": "Count",
    "duration_ms": "Milliseconds",
}
REQUEST_METRICS = {"none": {}, "essential": _METRICS, "all": _METRICS}
"""The metrics that CloudWatch keeps, by the deployment's setting."""


class Result(StrEnum):
    """What became of a request.

    Attributes:
        FOUND: Another invocation has made the variant since S3 answered CloudFront.
        REFUSED: S3 has had the variant for a while, so it refuses it to CloudFront.
    """

    MADE = "made"
    FOUND = "found"
    REFUSED = "refused"
    MISSING = "missing"
    REJECTED = "rejected"
    FAILED = "failed"


_LEVELS = {
    Result.REFUSED: "WARNING",
    Result.REJECTED: "WARNING",
    Result.FAILED: "ERROR",
}


def log(  # noqa: PLR0913, PLR0917 - a line has many parts
    result: Result,
    request: dict[str, Any],
    report: Report,
    error: Exception | None,
    invocation: Invocation,
    decoder: Decoder,
) -> None:
    """Write the request's line.

    Args:
        result: What became of it.
        request: Its size, key and status.
        report: What was done.
        error: Why it was rejected or failed.
        invocation: The invocation.
        decoder: The decoder's process.
    """
    outcome: dict[str, Any] = {
        "event": f"request.{result}",
        "level": _LEVELS.get(result, "INFO"),
        "reason": _reason(error),
        "message": _message(error),
    }
    counters = {str(one): int(one is result) for one in Result}
    fields = {
        **request,
        "requests": 1,
        **counters,
        "cold_starts": int(invocation.cold_start),
        "memory_mb": decoder.memory_mb,
        "decoder_walls": decoder.walls,
        "decoder_rows": decoder.rows,
        **work_done(report),
    }
    write(outcome, fields, invocation, REQUEST_METRICS[invocation.metrics], ("failed",))


def _reason(error: Exception | None) -> Reason | None:
    if error is None:
        return None
    return getattr(error, "reason", Reason.INTERNAL_ERROR)


def _message(error: Exception | None) -> str | None:
    if error is None or isinstance(error, ResizeOnUploadError):
        return str(error) if error else None
    return f"{type(error).__name__}: {error}"
