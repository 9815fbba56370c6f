"""What AWS answers while it is overloaded: it takes the same call later."""

from __future__ import annotations

OVERLOADED = frozenset(
    {
        "InternalError",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
    }
)
"""Codes of errors."""
