"""What S3 Metadata's tables of both buckets cost, and a query of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resize_on_upload_cli.costs.prices import PRICES

SCANNED_BYTES = 64
"""That a query reads per object: its key, order and metadata. In Parquet, a million
made-up rows took 55; it was not measured on AWS."""

STORED_BYTES = 200
"""That the tables take per object, with the journal and old snapshots: an assumption.
In Parquet, a million made-up rows took 68."""

_FREE_OBJECTS = 10**9
"""Of a bucket, whose table costs nothing per month but its storage."""

_MIN_SCANNED_BYTES = 10 * 2**20
"""That Athena bills per query."""


@dataclass(frozen=True, slots=True)
class Tables:
    """US dollars for the tables of a library.

    Attributes:
        objects: Originals and variants.
        uploads: A row of the journal for each object that is written.
        once: Tables of objects that are there already.
        month: Storage, and the price of very large tables.
        query: Of both tables.
    """

    objects: int
    uploads: float
    once: float
    month: float
    query: float

    def document(self) -> dict[str, Any]:
        """Return it as `estimate --json` prints it."""
        return {
            "objects": self.objects,
            "uploads": round(self.uploads, 2),
            "once": round(self.once, 2),
            "month": round(self.month, 2),
            "query": round(self.query, 4),
        }


def of_tables(originals: int, variants: float) -> Tables:
    """Return the price of the tables, of as many uploads, and of a query.

    Args:
        originals: Their number, each with one version.
        variants: Stored per original.
    """
    resized = round(originals * variants)
    objects = originals + resized
    scanned = max(objects * SCANNED_BYTES, _MIN_SCANNED_BYTES)
    billed = sum(count for count in (originals, resized) if count > _FREE_OBJECTS)
    stored = objects * STORED_BYTES / 2**30
    return Tables(
        objects=objects,
        uploads=objects * PRICES["table_update"],
        once=objects * PRICES["table_object"],
        month=stored * PRICES["table_gb_month"] + billed * PRICES["table_object_month"],
        query=scanned / 2**40 * PRICES["athena_tb"],
    )
