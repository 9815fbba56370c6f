"""What a queue between S3 and the function adds to the price of uploads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resize_on_upload_cli.costs.prices import PRICES

BATCH_SIZE = 10
"""Uploads of one invocation, in a burst."""

_REQUESTS = 3
"""Of an upload that comes alone: S3 sends, Lambda receives and deletes."""

_IDLE_POLLS = 5 * 3
"""Per minute: five readers, each waiting 20 seconds.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

_MINUTES_PER_MONTH = 365 / 12 * 24 * 60


@dataclass(frozen=True, slots=True)
class Queue:
    """US dollars that the queue adds.

    Attributes:
        alone: If each upload comes alone.
        burst: If they come together: fewer requests, and fewer invocations.
        month: Of a queue in which nothing arrives.
    """

    alone: float
    burst: float
    month: float

    def document(self) -> dict[str, Any]:
        """Return it as `estimate --json` prints it."""
        return {
            "alone": round(self.alone, 2),
            "burst": round(self.burst, 2),
            "month": round(self.month, 2),
        }


def of_queue(uploads: int) -> Queue:
    """Return what it adds to a number of uploads."""
    request = PRICES["sqs_request"]
    requests = 1 + (_REQUESTS - 1) / BATCH_SIZE
    saved = (1 - 1 / BATCH_SIZE) * PRICES["lambda_request"]
    return Queue(
        alone=uploads * _REQUESTS * request,
        burst=uploads * (requests * request - saved),
        month=_IDLE_POLLS * _MINUTES_PER_MONTH * request,
    )
