"""The physical memory of processes, as the kernel counts it.

Pss counts each page of a process once, however often it is mapped, and a page that
several processes share by its share: the sum of Pss is what they occupy together.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_INTERVAL_SECONDS = 0.001


@dataclass(slots=True)
class Peak:
    """The most memory that was seen, in MB.

    Attributes:
        total: Of all processes together.
        children: Of all but the first.
    """

    total: float = 0
    children: float = 0

    def note(self, processes: Sequence[int]) -> None:
        """Count the processes' memory of this moment."""
        own, *children = [pss(process) for process in processes]
        self.total = max(self.total, own + sum(children))
        self.children = max(self.children, sum(children))


@contextmanager
def watched(processes: Callable[[], Sequence[int]]) -> Iterator[Peak]:
    """Look at processes every millisecond during the block, and at its end.

    Args:
        processes: Finds their ids: a parent, then its children.
    """
    peak, is_over = Peak(), threading.Event()

    def look() -> None:
        with suppress(OSError):  # one of them has ended
            peak.note(processes())

    def watch() -> None:
        while not is_over.wait(_INTERVAL_SECONDS):
            look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()
        look()


def pss(process: int) -> float:
    """A process's Pss in MB; its VmRSS if only root may read its Pss."""
    folder = Path(f"/proc/{process}")
    try:
        return _field(folder / "smaps_rollup", "Pss")
    except PermissionError:
        return _field(folder / "status", "VmRSS")


def rss(process: int) -> float:
    """A process's VmRSS in MB."""
    return _field(Path(f"/proc/{process}/status"), "VmRSS")


def _field(file: Path, name: str) -> float:
    """A field in MB; 0 of a process that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in file.read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    return 0
