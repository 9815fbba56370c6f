"""What uploads cost on AWS."""

from __future__ import annotations

from dataclasses import dataclass

from resize_on_upload_cli.costs.prices import PRICES

FULL_CORE = 1_769
"""MB of memory at which Lambda gives one whole vCPU; with less, its share of one.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""

S3_WAIT_MS = 70.0
"""Milliseconds of waiting for S3 per upload, whatever the memory: a GET, one round of
parallel PUTs and a HEAD. An assumption, not measured here."""

TRANSFER_MS = 10.0
"""Milliseconds of a core for reading and writing, in addition to the image job."""

_IMAGE_MS = 15.0
_MEGABYTE_MS = 10.0
"""Milliseconds of a core per image, and per MB of its file: a 12-megapixel JPEG of
3.2 MB takes about 40 (`make invocation`)."""


@dataclass(frozen=True, slots=True)
class MeanUpload:
    """An average upload.

    Attributes:
        milliseconds: Of a core on this machine, or as the function measured them.
        variants: Objects written.
        looked_for: Variants that are not written and only looked for, because they
            are made on request.
    """

    milliseconds: float
    source_bytes: float
    written_bytes: float
    variants: float
    looked_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """US dollars for a number of uploads at one memory setting.

    Attributes:
        seconds: Billed seconds per upload.
        storage: US dollars per month.
    """

    memory: int
    seconds: float
    compute: float
    requests: float
    total: float
    storage: float


def estimate(
    mean: MeanUpload, seconds: float, memory: int, *, uploads: int
) -> Estimate:
    """Return the cost of uploads that are billed some seconds each."""
    compute = compute_dollars(seconds, memory) * uploads
    requests = request_dollars(mean.variants, mean.looked_for) * uploads
    gigabytes = (mean.source_bytes + mean.written_bytes) * uploads / 1e9
    return Estimate(
        memory=memory,
        seconds=round(seconds, 3),
        compute=round(compute, 2),
        requests=round(requests, 2),
        total=round(compute + requests, 2),
        storage=round(gigabytes * PRICES["s3_gb_month"], 2),
    )


def core_milliseconds(size: float) -> float:
    """Return roughly the milliseconds of a core for an image file of `size` bytes."""
    return _IMAGE_MS + _MEGABYTE_MS * size / 1_000_000


def billed_seconds(core_ms: float, memory: int, wait_ms: float = S3_WAIT_MS) -> float:
    """Return the billed seconds of an invocation, with its share of a core.

    Args:
        core_ms: Milliseconds of a whole core.
        memory: The function's memory, which determines the share.
        wait_ms: Milliseconds of waiting for S3; by default those of an upload.
    """
    share = min(memory / FULL_CORE, 1.0)
    return (core_ms / share + wait_ms) / 1_000


def compute_dollars(seconds: float, memory: int) -> float:
    """Return the price of seconds of Lambda."""
    return float(seconds * memory / 1_024 * PRICES["gb_second"])


def request_dollars(variants: float, looked_for: float = 0.0) -> float:
    """Return the price of one upload's requests: the invocation's and S3's."""
    # A GET, and a HEAD to check at the end that the original has not changed.
    reads = 2 + looked_for
    in_s3 = PRICES["s3_put"] * variants + reads * PRICES["s3_get"]
    return float(PRICES["lambda_request"] + in_s3)


def upload_dollars(core_ms: float, memory: int, variants: int) -> float:
    """Return the price of one upload: compute and requests, no storage."""
    seconds = billed_seconds(core_ms, memory)
    return compute_dollars(seconds, memory) + request_dollars(variants)
