"""How much memory this process and another have taken at most."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_mb(other: int | None) -> int:
    """MB at most, of this process and, where Linux tells, of the other.

    Args:
        other: Its id; None where it has ended, and the largest of those that have
            ended is counted.
    """
    children = (
        _peak_kilobytes(other)
        if other
        else _max_resident_kilobytes(resource.RUSAGE_CHILDREN)
    )
    return (_max_resident_kilobytes(resource.RUSAGE_SELF) + children) // 1_024


def _max_resident_kilobytes(who: int) -> int:
    kilobytes = resource.getrusage(who).ru_maxrss
    return kilobytes // 1_024 if sys.platform == "darwin" else kilobytes


def _peak_kilobytes(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    match = _PEAK.search(status)
    return int(match[1]) if match else 0
