"""What uploads cost on AWS: the formula and the prices."""

from __future__ import annotations

import json
from pathlib import Path

PRICES = json.loads(Path(__file__).with_name("prices.json").read_text())
FULL_CORE = 1_769
"""MB at which Lambda gives one whole vCPU; less memory has its share of one.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""

NETWORK = 70.0
"""Milliseconds that S3 is waited for in an upload, whatever the memory: a GET, one
round of PUTs side by side and a HEAD. An assumption, not measured here."""

TRANSFER = 10.0
"""Milliseconds of a core for reading and writing, beside the image job."""

FIXED = 15.0
A_MEGABYTE = 10.0
"""Milliseconds of a core for any picture, and for each MB of its file: a 12-megapixel
JPEG of 3.2 MB takes about 40 (`make invocation`)."""


def milliseconds(size: int) -> float:
    """Of a core, roughly, for a picture of so many bytes."""
    return FIXED + A_MEGABYTE * size / 1_000_000


def seconds(of_core: float, memory: int) -> float:
    """Billed seconds of an upload: milliseconds at this share of a core, and S3."""
    share = min(memory / FULL_CORE, 1.0)
    return (of_core / share + NETWORK) / 1_000


def compute(seconds: float, memory: int) -> float:
    """US dollars of so many seconds of Lambda's time."""
    return float(seconds * memory / 1_024 * PRICES["gb_second"])


def requests(sizes: float) -> float:
    """US dollars of one upload's requests: the invocation's and S3's."""
    # A GET and, for the last look, a HEAD.
    in_s3 = PRICES["s3_put"] * sizes + 2 * PRICES["s3_get"]
    return float(PRICES["lambda_request"] + in_s3)


def upload(of_core: float, memory: int, sizes: int) -> float:
    """US dollars of one upload: compute and requests, no storage."""
    return compute(seconds(of_core, memory), memory) + requests(sizes)
