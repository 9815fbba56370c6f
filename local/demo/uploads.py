"""Upload photos to the local stack and wait for their variants."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.demo.variants import configured, keys_in, on_request, variant_keys
from resize_on_upload.sizes.size import UPLOAD, sizes_for_key
from resize_on_upload_cli import terminal
from resize_on_upload_cli.stack.viewer import Viewer
from resize_on_upload_cli.terminal import plural, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from local.stack import Stack

MAX_WAIT_SECONDS = 300
"""Without a new variant; only ends a hang."""

_ATTEMPTS = 3
"""Of an upload that fails: Lambda retries it twice."""


@dataclass(slots=True)
class Problems:
    """Key → reason, of the photos without all of their variants.

    Attributes:
        rejected: By the function, because they cannot be resized.
        failed: For other reasons.
        failures: How often each photo failed.
    """

    rejected: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> dict[str, str]:
        """Rejected and failed ones."""
        return self.rejected | self.failed

    def are_final(self, key: str) -> bool:
        """Return whether the function will not process a photo again."""
        return key in self.rejected or self.failures[key] >= _ATTEMPTS


def upload(stack: Stack, photos: dict[str, Path]) -> None:
    """Put every photo into the original bucket, as `aws s3 cp` does."""
    total = sum(file.stat().st_size for file in photos.values())
    number = plural(len(photos), "photo")
    say(f"Uploading {number} ({total / 1e6:.1f} MB) to {stack.original}")
    client = stack.s3()
    for key, file in photos.items():
        client.put_object(Bucket=stack.original, Key=key, Body=file.read_bytes())


def wait_for_variants(stack: Stack, photos: Iterable[str]) -> Problems:
    """Show progress until every variant exists, or will not be written.

    Those that are made on request are not waited for.
    """
    at_upload = [size for size in configured() if size.make == UPLOAD]
    client, expected = stack.s3(), set(variant_keys(photos, at_upload))
    missing, problems = expected, Problems()
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while missing and time.monotonic() < deadline:
        before, problems = missing, _read_problems(stack)
        written = set(keys_in(client, stack.resized))
        missing = {
            key for key in missing - written if not problems.are_final(_photo(key))
        }
        if missing != before:
            deadline = time.monotonic() + MAX_WAIT_SECONDS
            terminal.show_progress(len(expected) - len(missing), len(expected))
        time.sleep(0.05)
    lacking = {_photo(key) for key in expected - set(keys_in(client, stack.resized))}
    late = f"no variant appeared for {MAX_WAIT_SECONDS} s; see the function's log"
    problems.failed = {
        key: problems.failed.get(key, late)
        for key in sorted(lacking - problems.rejected.keys())
    }
    return problems


def request_variants(stack: Stack, photos: Iterable[str], problems: Problems) -> None:
    """Have the variants made that are made on request; add to the problems."""
    sizes, viewer = on_request(), Viewer()
    if sizes and not stack.edge:
        say("Sizes that are made on request are left out, as nginx is missing here.")
        return
    for key in photos:
        for size in () if key in problems.all else sizes_for_key(sizes, key):
            path = quote(size.variant_key(key), safe="/")
            response = viewer.get(stack.url + path)
            if response.status == HTTPStatus.NOT_FOUND:
                problems.rejected[key] = response.reason
            elif not response.is_image:
                problems.failed[key] = f"{size.name}: {response.summary}"


def _photo(variant_key: str) -> str:
    """The key of the upload."""
    return variant_key.split("/", 1)[1]


def engine_milliseconds(stack: Stack) -> dict[str, float]:
    """Key → the engine's time, from the function's log."""
    found: dict[str, float] = {}
    for line in _lines(stack):
        if line["event"] == "image.resized":
            spent = line.get("derive_ms", 0.0)
            found[line["key"]] = found.get(line["key"], 0.0) + spent
    return found


def _read_problems(stack: Stack) -> Problems:
    """The function's reasons, from its log."""
    found = Problems()
    for line in _lines(stack):
        key = line["key"]
        if line["event"] == "image.rejected":
            found.rejected[key] = f"{line['reason']}: {line['message']}"
        elif line["event"] == "image.failed":
            found.failed[key] = f"{line['reason']}: {line['message']}"
            found.failures[key] += 1
    return found


def _lines(stack: Stack) -> Iterator[dict[str, Any]]:
    """Yield the function's log lines about keys."""
    for text in stack.log().splitlines():
        if text.startswith("{"):
            yield json.loads(text)
