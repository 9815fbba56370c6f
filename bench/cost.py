"""What uploads cost on AWS, from measured times: the formula and the prices."""

from __future__ import annotations

import json
from pathlib import Path

PRICES = json.loads(Path(__file__).with_name("prices.json").read_text())
FULL_CORE = 1_769
"""MB at which Lambda gives one whole vCPU; less memory has its share of one.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""

NETWORK = 60.0
"""Milliseconds that S3 is waited for in an upload, whatever the memory: a GET and one
round of PUTs side by side. Not measured here; an assumption, named as one."""

MEMORY = (1_024, 1_280, 1_536, FULL_CORE, 2_048, 3_008)
SIZES = 3


def seconds(milliseconds_of_cpu: float, memory: int) -> float:
    """Billed seconds of one upload: the work at this share of a core, and S3."""
    share = min(memory / FULL_CORE, 1.0)
    return (milliseconds_of_cpu / share + NETWORK) / 1_000


def million(milliseconds_of_cpu: float, memory: int, sizes: int = SIZES) -> float:
    """US dollars for a million uploads: compute and requests, no storage."""
    gigabytes = memory / 1_024
    compute = seconds(milliseconds_of_cpu, memory) * gigabytes * PRICES["gb_second"]
    s3 = PRICES["s3_put"] * sizes + PRICES["s3_get"]
    return float((compute + PRICES["lambda_request"] + s3) * 1_000_000)


def table(milliseconds_of_cpu: float) -> str:
    """Memory settings, their time and cost."""
    lines = [
        f"{PRICES['region']}, prices of {PRICES['date']}, US$ a million uploads",
        "| memory, MB | seconds | compute | compute and requests |",
        "|---|---|---|---|",
    ]
    for memory in MEMORY:
        whole = million(milliseconds_of_cpu, memory)
        spent = seconds(milliseconds_of_cpu, memory)
        compute = spent * memory / 1_024 * PRICES["gb_second"] * 1_000_000
        lines.append(f"| {memory} | {spent:.3f} | {compute:.2f} | {whole:.2f} |")
    return "\n".join(lines)
