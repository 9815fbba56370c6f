"""The setting of the sweep: a backfill of all originals, regularly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resize_on_upload_cdk.configuration.setting import Setting, choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NEVER, WEEKLY = "never", "weekly"

SETTINGS: dict[str, Setting] = {
    "sweep": choice(
        (NEVER, WEEKLY),
        NEVER,
        "with `backfillConcurrency`: `weekly` has S3 list [all originals every Sunday]"
        "(operations.md#a-weekly-sweep), and makes what is missing, as after an event "
        "that was lost",
    ),
}


def mistakes(values: Mapping[str, Any]) -> Iterator[str]:
    """What the sweep needs.

    Args:
        values: All settings, by context key; None if empty or not valid.
    """
    if values["sweep"] == WEEKLY and values["backfillConcurrency"] is None:
        yield (
            "context sweep='weekly': would delay uploads, as backfills use their "
            "function; add -c backfillConcurrency=50, for example"
        )
    days = values["resizedExpirationDays"]
    if values["sweep"] == WEEKLY and days is not None:
        yield (
            "context sweep='weekly': would make every Sunday what S3 deletes after "
            f"resizedExpirationDays={days}; leave out one of them"
        )
