"""Numbers as a gallery shows them, and as the terminal repeats them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from resize_on_upload_cli.terminal import arrow, plural

if TYPE_CHECKING:
    from resize_on_upload_cli.engine.gallery.contents import Gallery

_KILOBYTE, _MEGABYTE = 1_000, 1_000_000
_WHOLE = 10
"""From this many kilobytes on, a decimal says nothing."""


class Summary(NamedTuple):
    """Totals, for people."""

    originals: str
    bytes_read: str
    variants: str
    bytes_made: str

    @property
    def line(self) -> str:
        """All of them in one line."""
        return (
            f"{self.originals}, {self.bytes_read} {arrow()} "
            f"{self.variants}, {self.bytes_made}"
        )


def summary(gallery: Gallery) -> Summary:
    """Return the totals of the originals that were resized."""
    return Summary(
        plural(len(gallery.made), "photo"),
        size(sum(row.bytes for row in gallery.made)),
        plural(len(gallery.items), "variant"),
        size(sum(len(item.body) for item in gallery.items)),
    )


def seconds(gallery: Gallery) -> str:
    """Return the engine's time for all of them."""
    return f"{sum(row.milliseconds for row in gallery.rows) / 1e3:.1f} s"


def size(count: int) -> str:
    """Return a number of bytes."""
    if count >= _MEGABYTE:
        return f"{count / _MEGABYTE:.1f} MB"
    if count >= _WHOLE * _KILOBYTE:
        return f"{count / _KILOBYTE:.0f} kB"
    return f"{count / _KILOBYTE:.1f} kB"
