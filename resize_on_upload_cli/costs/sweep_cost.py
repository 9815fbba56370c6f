"""What a job for all originals costs, if their variants are up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resize_on_upload_cli.costs import upload_cost
from resize_on_upload_cli.costs.prices import PRICES

WEEKS_PER_MONTH = 365 / 12 / 7

CURRENT_SECONDS = 0.05
"""Billed per original that needs nothing: a HEAD of each variant, side by side, of its
rejection, and of itself. An assumption, not measured here."""

_OTHER_HEADS = 2
"""Of the original and of its rejection."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """US dollars for a job that finds every variant up to date.

    Attributes:
        originals: Their number.
        job: What S3 Batch Operations takes.
        compute: What Lambda takes.
        requests: HEADs.
    """

    originals: int
    job: float
    compute: float
    requests: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.job + self.compute + self.requests

    @property
    def month(self) -> float:
        """What it costs per month to do it every week."""
        return self.total * WEEKS_PER_MONTH

    def document(self) -> dict[str, Any]:
        """Return it as `estimate --json` prints it."""
        parts = {"job": self.job, "compute": self.compute, "requests": self.requests}
        rounded = {name: round(value, 2) for name, value in parts.items()}
        totals = {"total": round(self.total, 2), "month": round(self.month, 2)}
        return {"originals": self.originals, **rounded, **totals}


def of_sweep(originals: int, variants: float, memory: int) -> Sweep:
    """Return the cost of a job for all originals.

    Args:
        originals: Their number.
        variants: Objects looked for per original, also those made on request.
        memory: Of the function, in MB.
    """
    invocation = upload_cost.compute_dollars(CURRENT_SECONDS, memory)
    return Sweep(
        originals=originals,
        job=PRICES["batch_job"]
        + originals * (PRICES["batch_object"] + PRICES["batch_listed"]),
        compute=originals * (invocation + PRICES["lambda_request"]),
        requests=originals * (_OTHER_HEADS + variants) * PRICES["s3_get"],
    )
