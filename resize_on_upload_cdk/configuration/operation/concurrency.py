"""The settings of how much the functions do at a time."""

from __future__ import annotations

from resize_on_upload_cdk.configuration import parsers
from resize_on_upload_cdk.configuration.setting import Setting

SETTINGS: dict[str, Setting] = {
    "reservedConcurrency": Setting(
        parsers.optional(parsers.whole_number(1, 10_000)),
        (
            "must be a whole number from 1, or empty for the account's limit only, "
            "for example 50"
        ),
        "maximum concurrent invocations; if empty, the account's limit applies",
    ),
    "backfillConcurrency": Setting(
        parsers.optional(parsers.whole_number(1, 10_000)),
        (
            "must be a whole number from 1, or empty if backfills may use the function "
            "of uploads, for example 50"
        ),
        (
            "give backfills [their own function](operations.md"
            "#a-function-for-backfills), with this number of concurrent invocations: "
            "they cannot delay uploads then"
        ),
        default_shown="backfills use the function of uploads",
    ),
}
