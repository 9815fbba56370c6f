"""A bar on standard error; nothing moves where nobody looks."""

from __future__ import annotations

import sys

WIDTH = 30


def say(text: str) -> None:
    """Tell the person at the terminal; data goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def counted(number: int, noun: str) -> str:
    """`1 key`, `2,000 keys`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def show(done: int, total: int, *, quiet: bool = False) -> None:
    """Redraw the bar at `done` of `total`; the last time ends the line."""
    if quiet or not sys.stderr.isatty():
        return
    bar = "█" * (done * WIDTH // max(total, 1))
    end = "\n" if done == total else ""
    print(f"\r{bar:<{WIDTH}} {done}/{total}", end=end, file=sys.stderr, flush=True)
