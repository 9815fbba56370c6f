"""Upload photos to the local stack, and wait for their variants."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.stack import ROOT
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.size import sizes_for_key
from tools import sizes_file, terminal
from tools.terminal import plural, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from local.stack import Stack

TIMEOUT_SECONDS = 60
"""Time without a new variant after which the demo stops waiting."""


@dataclass(frozen=True, slots=True)
class Problems:
    """Key → reason, of the photos without all of their variants.

    Attributes:
        rejected: By the function, because they cannot be resized.
        failed: For other reasons.
    """

    rejected: dict[str, str]
    failed: dict[str, str]

    @property
    def all(self) -> dict[str, str]:
        """Both."""
        return self.rejected | self.failed


@dataclass(frozen=True, slots=True)
class Resized:
    """A variant, read from the resized bucket."""

    key: str
    body: bytes
    content_type: str
    width: int
    height: int

    @property
    def prefix(self) -> str:
        """The name of the size."""
        return self.key.split("/", 1)[0]

    @property
    def photo(self) -> str:
        """The key of the original."""
        return _photo(self.key)


def upload(stack: Stack, photos: dict[str, Path]) -> None:
    """Upload every photo to the original bucket, as `aws s3 cp` does."""
    total = sum(file.stat().st_size for file in photos.values())
    number = plural(len(photos), "photo")
    say(f"Uploading {number} ({total / 1e6:.1f} MB) to {stack.original}")
    client = stack.s3()
    for key, file in photos.items():
        client.put_object(Bucket=stack.original, Key=key, Body=file.read_bytes())


def wait(stack: Stack, photos: Iterable[str]) -> Problems:
    """Show progress until every variant exists, or is known not to be made."""
    client, wanted = stack.s3(), set(_expected(photos))
    missing, rejected = wanted, dict[str, str]()
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while missing and time.monotonic() < deadline:
        before, rejected = missing, _reasons(stack, "image.rejected")
        found = set(_keys(client, stack.resized))
        missing = {key for key in missing - found if _photo(key) not in rejected}
        if missing != before:
            deadline = time.monotonic() + TIMEOUT_SECONDS
            terminal.show_progress(len(wanted) - len(missing), len(wanted))
        time.sleep(0.05)
    failed = _reasons(stack, "image.failed")
    late = f"no variant appeared for {TIMEOUT_SECONDS} s; see the function's log"
    keys = sorted(set(map(_photo, missing)))
    return Problems(rejected, {key: failed.get(key, late) for key in keys})


def _photo(variant: str) -> str:
    """Return the key of the original of a variant."""
    return variant.split("/", 1)[1]


def _expected(photos: Iterable[str]) -> Iterator[str]:
    configured = sizes_file.load(ROOT / "config" / "sizes.json")
    for key in photos:
        wanted = sizes_for_key(configured, key)
        yield from (size.variant_key(key) for size in wanted if not size.suffix)


def _keys(client: Any, bucket: str) -> Iterator[str]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (entry["Key"] for entry in page.get("Contents", ()))


def _reasons(stack: Stack, event: str) -> dict[str, str]:
    """Return key → reason, from the function's log lines of an event."""
    lines = (line for line in stack.log().splitlines() if line.startswith("{"))
    records = [json.loads(line) for line in lines]
    return {
        record["key"]: f"{record['reason']}: {record['message']}"
        for record in records
        if record["event"] == event
    }


def results(stack: Stack, photos: Iterable[str]) -> Iterator[Resized]:
    """Yield every variant of the photos."""
    client = stack.s3()
    made = set(_keys(client, stack.resized))
    for key in sorted(made.intersection(_expected(photos))):
        answer = client.get_object(Bucket=stack.resized, Key=key)
        yield parse(key, answer["Body"].read())


def parse(key: str, body: bytes) -> Resized:
    """Read the dimensions of a variant."""
    found = probe(body, Limits())
    header = found.header
    return Resized(key, body, found.format.content_type, header.width, header.height)
