"""Which originals S3 lists for a job, as options and as S3 wants it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

STORAGE_CLASSES = (
    *("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"),
    *("GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"),
)

_NOT_GIVEN: tuple[Any, ...] = (None, "", [], {})

_MAX_BYTES = 5 * 1024**4
"""Of an object, as S3 allows it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """An original must have all that is given; of lists, one entry is enough."""

    prefix: str = ""
    suffix: tuple[str, ...] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    larger_than: int | None = None
    smaller_than: int | None = None
    storage_class: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        """Return it for S3; empty if every original is meant."""
        names = {
            "MatchAnyPrefix": [self.prefix] if self.prefix else [],
            "MatchAnySuffix": list(self.suffix),
        }
        wanted: dict[str, Any] = {
            "KeyNameConstraint": {name: some for name, some in names.items() if some},
            "CreatedAfter": self.created_after,
            "CreatedBefore": self.created_before,
            "ObjectSizeGreaterThanBytes": self.larger_than,
            "ObjectSizeLessThanBytes": self.smaller_than,
            "MatchAnyStorageClass": list(self.storage_class),
        }
        return {name: one for name, one in wanted.items() if one not in _NOT_GIVEN}

    def document(self) -> dict[str, Any]:
        """Return what is given, as --json prints it."""
        shown = {one.name: _plain(getattr(self, one.name)) for one in fields(self)}
        return {name: one for name, one in shown.items() if one not in _NOT_GIVEN}

    def description(self) -> str:
        """Return it in words."""
        return "; ".join(("all originals", *self._conditions()))

    def _conditions(self) -> Iterator[str]:
        if self.prefix:
            yield f"keys that begin with {self.prefix}"
        if self.suffix:
            yield f"keys that end with {' or '.join(self.suffix)}"
        if self.created_after:
            yield f"created after {_shown(self.created_after)}"
        if self.created_before:
            yield f"created before {_shown(self.created_before)}"
        if self.larger_than is not None:
            yield f"larger than {self.larger_than:,} bytes"
        if self.smaller_than is not None:
            yield f"smaller than {self.smaller_than:,} bytes"
        if self.storage_class:
            yield f"in {' or '.join(self.storage_class)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options, all but --prefix."""
    group = parser.add_argument_group("which originals S3 lists, only with --all")
    group.add_argument(
        "--suffix", action="append", default=[], type=_suffix,
        help="only keys that end with this, such as .jpg; may be repeated",
    )  # fmt: skip
    group.add_argument(
        "--created-after", type=_time, metavar="TIME",
        help="only originals uploaded after this time, such as 2026-11-01 or "
        "2026-11-01T08:30:00Z; without a zone, it is UTC",
    )  # fmt: skip
    group.add_argument(
        "--created-before", type=_time, metavar="TIME",
        help="only originals uploaded before this time",
    )  # fmt: skip
    group.add_argument(
        "--larger-than", type=_bytes, metavar="BYTES", help="only originals above this"
    )
    group.add_argument(
        "--smaller-than", type=_bytes, metavar="BYTES", help="only originals below this"
    )
    group.add_argument(
        "--storage-class", action="append", default=[], choices=STORAGE_CLASSES,
        metavar="CLASS",
        help=f"only originals in this storage class: {', '.join(STORAGE_CLASSES)}; may "
        "be repeated",
    )  # fmt: skip


def of_options(options: argparse.Namespace) -> Filter:
    """Return what the options say.

    Raises:
        UsageError: no original can have all of it, or it needs --all.
    """
    given = {one.name: getattr(options, one.name) for one in fields(Filter)}
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    wanted = Filter(**given)
    if not options.all and wanted != Filter(prefix=wanted.prefix):
        msg = "these options are for --all only; without it, use --prefix"
        raise UsageError(msg)
    _check_ranges(wanted)
    return wanted


def _check_ranges(wanted: Filter) -> None:
    after, before = wanted.created_after, wanted.created_before
    if after and before and after >= before:
        msg = "--created-after must be earlier than --created-before"
        raise UsageError(msg)
    above, below = wanted.larger_than, wanted.smaller_than
    if above is not None and below is not None and above + 1 >= below:
        msg = "no size is above --larger-than and below --smaller-than"
        raise UsageError(msg)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _shown(value)
    return list(value) if isinstance(value, tuple) else value


def _shown(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = "must be a date or time, such as 2026-11-01 or 2026-11-01T08:30:00Z"
        raise argparse.ArgumentTypeError(msg) from error


def _bytes(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_BYTES))
    if digits and int(text) <= _MAX_BYTES:
        return int(text)
    msg = f"must be a number of bytes from 0 to {_MAX_BYTES}, such as 1000000"
    raise argparse.ArgumentTypeError(msg)


def _suffix(text: str) -> str:
    if text:
        return text
    msg = "must not be empty; an example is .jpg"
    raise argparse.ArgumentTypeError(msg)
