"""The walls that the decoder's process builds around itself before its first image.

None needs a privilege. A kernel or a container may refuse one: the others still hold,
and the refused ones are reported.
"""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

from . import landlock, prctl, seccomp

LIMITS = "limits"
NO_NEW_PRIVILEGES = "no-new-privileges"
FILES = "landlock"
CALLS = "seccomp"
WALLS = (LIMITS, NO_NEW_PRIVILEGES, FILES, CALLS)
"""Their names in the log line and in `doctor`."""

_MAX_FILE_BYTES = 128 * 1024 * 1024
_MAX_OPEN_FILES = 64
_EXTRA_PROCESSES = 64

# What libraries read; some of it exists only on some systems.
_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/etc", "/dev/null", "/dev/urandom"),
    *("/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/proc/self/maps"),
)


def harden(memory: int, folder: str) -> dict[str, str | None]:
    """Build every wall; return its name → None, or why it was refused.

    Args:
        memory: Bytes of address space the process may take.
        folder: The only folder it may write to.
    """
    readable = _readable()  # first: once untraceable, it cannot read its own map
    built: dict[str, str | None] = {LIMITS: _limit(memory)}
    prctl.set_undumpable()
    built[NO_NEW_PRIVILEGES] = prctl.set_no_new_privileges()
    built[FILES] = landlock.restrict(readable, folder)
    built[CALLS] = seccomp.forbid()
    if built[CALLS]:
        _limit_processes()
    return built


def _limit(memory: int) -> str | None:
    """Set every limit; return which the system does not have, as macOS for memory.

    Raises:
        OSError, ValueError: Linux refused one.
    """
    refused: list[str] = []
    for name, most in (
        ("RLIMIT_AS", memory),
        ("RLIMIT_FSIZE", _MAX_FILE_BYTES),
        ("RLIMIT_NOFILE", _MAX_OPEN_FILES),
        ("RLIMIT_CORE", 0),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (OSError, ValueError):
            if sys.platform == "linux":
                raise
            refused.append(name)
    return f"not on this system: {', '.join(refused)}" if refused else None


def _readable() -> set[str]:
    """The folders of Python, of this package and of the libraries already loaded."""
    mapped = Path("/proc/self/maps")
    lines = mapped.read_text().splitlines() if mapped.exists() else []
    files = {line.split(maxsplit=5)[-1] for line in lines if "/" in line}
    folders = {str(Path(file).parent) for file in files if file.startswith("/")}
    python = {*filter(None, sys.path), sys.prefix, sys.base_prefix}
    return {*_SYSTEM, *folders, *python} - {"/"}


def _limit_processes() -> None:
    """Prevent endless forking if there is no filter; some threads are needed.

    The limit counts all threads of the user, so the machine's threads are added.
    """
    try:
        running = int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])
    except OSError:
        running = threading.active_count()
    most = running + _EXTRA_PROCESSES
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
