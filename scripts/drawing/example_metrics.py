"""Example values of the dashboard's metrics: a day, with an incident in it."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HOURS = 24

_INCIDENT = range(14, 16)
_REASONS = ("unsupported-format", "truncated", "too-many-pixels")

# What a metric is in a quiet hour, as a multiple of the uploads.
_PER_UPLOAD = {
    "uploads": 1,
    "sizes_written": 3,
    "Invocations": 1.05,
    "source_bytes": 3.2e6,
    "bytes_written": 15_000,
    "Requests": 40,
    "BytesDownloaded": 400_000,
    "requests": 0.4,
    "made": 0.38,
    "found": 0.02,
}
_LEVELS = {
    ("Duration", "p50"): 180,
    ("Duration", "p99"): 900,
    ("Duration", "Maximum"): 2_400,
    ("memory_mb", "Maximum"): 410,
    ("4xxErrorRate", "Average"): 0.8,
}
_IN_THE_INCIDENT = {
    "ApproximateNumberOfMessagesVisible": 3,
    "ApproximateAgeOfOldestMessage": 4_800,
    "Errors": 9,
    "failed": 2,
    "5xxErrorRate": 0.3,
}
_COSTS = {"Lambda": 0.42, "S3 requests": 1.9}


def examples(metrics: list[list[Any]]) -> Iterator[tuple[str, str, list[float]]]:
    """Name, axis and values of each visible metric."""
    several = len({row[1] for row in metrics if len(row) > 1}) == 1 < len(metrics)
    for row in metrics:
        options = row[-1] if isinstance(row[-1], dict) else {}
        if not options.get("visible", True):
            continue
        side = options.get("yAxis", "left")
        if "SEARCH" in options.get("expression", ""):
            yield from ((one, side, _values(one, "Sum")) for one in _REASONS)
        elif "expression" in options:
            yield options["label"], side, _values(options["label"], "Sum")
        else:
            statistic = options.get("stat", "Average")
            name = f"{row[1]} {statistic}" if several else str(row[1])
            yield options.get("label", name), side, _values(row[1], statistic)


def _values(name: str, statistic: str) -> list[float]:
    """One value per hour: most uploads come in the afternoon, few at night."""
    # The same drawing each time: no secret depends on it.
    noise = random.Random(f"{name} {statistic}")  # noqa: S311
    return [_value(name, statistic, hour, noise) for hour in range(HOURS + 1)]


def _value(name: str, statistic: str, hour: int, noise: random.Random) -> float:
    factor = noise.uniform(0.9, 1.1)
    uploads = 60 + 50 * math.sin((hour - 9) / HOURS * 2 * math.pi)
    if name in _PER_UPLOAD:
        return uploads * _PER_UPLOAD[name] * factor
    if name in _IN_THE_INCIDENT:
        return _IN_THE_INCIDENT[name] if hour in _INCIDENT else 0
    if name in (*_REASONS, "cold_starts"):
        return noise.choice((0, 0, 1, 2))
    if name in _COSTS:
        return _COSTS[name] * factor
    return _LEVELS.get((name, statistic), 0) * noise.uniform(0.8, 1.2)
