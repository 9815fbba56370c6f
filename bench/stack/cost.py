"""The cost of a million uploads by memory setting, from a measured time."""

from __future__ import annotations

from resize_on_upload_cli.costs.prices import PRICES
from resize_on_upload_cli.costs.upload_cost import (
    FULL_CORE,
    billed_seconds,
    compute_dollars,
    upload_dollars,
)

MEMORY = (1_024, 1_280, 1_536, FULL_CORE, 2_048, 3_008)
SIZES = 3
MILLION = 1_000_000


def table(milliseconds_of_core: float) -> str:
    """Return the time and cost of each memory setting, as a table."""
    lines = [
        f"Prices of {PRICES['region']}, recorded on {PRICES['date']}:\n",
        "| memory, MB | seconds | compute, US$ | compute and requests, US$ |",
        "|---|---|---|---|",
    ]
    for memory in MEMORY:
        spent = billed_seconds(milliseconds_of_core, memory)
        alone = compute_dollars(spent, memory) * MILLION
        whole = upload_dollars(milliseconds_of_core, memory, SIZES) * MILLION
        lines.append(f"| {memory} | {spent:.3f} | {alone:.2f} | {whole:.2f} |")
    return "\n".join(lines)
