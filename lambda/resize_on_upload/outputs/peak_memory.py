"""The peak memory of the function and of the decoder's process."""

from __future__ import annotations

import re
import sys
from pathlib import Path

if sys.platform != "win32":  # where the command line imports this, but calls nothing
    import resource

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_mb(decoder: int | None) -> int:
    """The sum of both processes' peaks, in MB; the decoder's only on Linux.

    Args:
        decoder: The id of its process; None if it has ended: then the largest process
            that has ended counts.
    """
    children = (
        _peak_kilobytes(decoder)
        if decoder
        else _max_resident_kilobytes(resource.RUSAGE_CHILDREN)
    )
    return (_max_resident_kilobytes(resource.RUSAGE_SELF) + children) // 1_024


def decoder_peak_mb(decoder: int) -> int:
    """The peak of a decoder's process that runs, in MB; 0 where it is not known."""
    return _peak_kilobytes(decoder) // 1_024


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
