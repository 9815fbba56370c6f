"""How old the tables are: S3 adds changes within an hour, as a rule.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-inventory-schema.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from resize_on_upload_cli.errors import UnfinishedError

MAX_LAG = 2 * 3_600
"""Seconds after which tables have every change; twice what S3 says."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class TablesAge:
    """The newest change that each table has, in seconds since 1970; 0 for none."""

    newest_original: int = 0
    newest_variant: int = 0

    def line(self, now: float) -> str:
        """Return it for people."""
        if not (self.newest_original or self.newest_variant):
            return "The tables are empty."
        original = _when(self.newest_original, now)
        variant = _when(self.newest_variant, now)
        return (
            f"As of the tables: the newest change of originals is {original}, that of "
            f"variants {variant}. Later changes are not counted."
        )

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "newest_original": _iso(self.newest_original),
            "newest_variant": _iso(self.newest_variant),
        }

    def require_after(self, ended: float | None, now: float) -> None:
        """Ensure that the tables have what the last job made.

        Otherwise the next job would be given the same keys again. A job that had
        nothing to make leaves no trace; hence the tables are trusted after MAX_LAG.

        Args:
            ended: When the last job ended; None if there was none.
            now: Both in seconds since 1970.

        Raises:
            UnfinishedError: they may not.
        """
        if ended is None or now - ended > MAX_LAG or self.newest_variant >= ended:
            return
        again = datetime.fromtimestamp(ended + MAX_LAG, UTC)
        msg = (
            "the tables may not yet have what the last job made: it ended "
            f"{_ago(now - ended)} ago, and their newest variant is older. Run it again "
            f"at {again:%H:%M} UTC, or earlier if `resize-on-upload plan --from "
            "tables` shows newer variants"
        )
        raise UnfinishedError(msg)


def _when(time: int, now: float) -> str:
    if not time:
        return "unknown, as there is none"
    date = datetime.fromtimestamp(time, UTC)
    return f"of {date:%Y-%m-%d %H:%M} UTC, {_ago(now - time)} ago"


def _ago(seconds: float) -> str:
    if seconds < 2 * _HOUR:
        return f"{max(0, round(seconds / _MINUTE))} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.0f} h"
    return f"{seconds / _DAY:.0f} days"


def _iso(time: int) -> str | None:
    return datetime.fromtimestamp(time, UTC).isoformat() if time else None
