"""Show how many keys were compared, and how fast: nobody knows how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.stack.clock import Clock

_SECONDS = 0.2
"""Between two that are shown."""


def counted(diffs: Iterable[KeyDiff], clock: Clock) -> Iterator[KeyDiff]:
    """Yield the diffs, and show their number while they are read."""
    began = shown = clock.monotonic()
    for number, diff in enumerate(diffs, start=1):
        now = clock.monotonic()
        if now - shown >= _SECONDS:
            terminal.show_rate(number, "key", now - began)
            shown = now
        yield diff
    terminal.end_rate()
