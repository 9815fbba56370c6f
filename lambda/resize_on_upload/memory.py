"""How much memory processes have taken at most, as Linux counts it."""

from __future__ import annotations

import re
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak(*processes: int | None) -> int | None:
    """MB at most of all of them together; None where Linux does not say."""
    found = [_kilobytes(process) for process in processes if process]
    known = [kilobytes for kilobytes in found if kilobytes is not None]
    return sum(known) // 1_024 if known else None


def _kilobytes(process: int) -> int | None:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return None
    match = _PEAK.search(status)
    return int(match[1]) if match else None
