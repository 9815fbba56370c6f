"""How the decoder's process is started: command, environment, temporary folder."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from ...errors import EngineFailed

WORKER = f"{__package__}.worker"

# glibc returns the memory of large images to the kernel and requests it again page by
# page: a third of the time of a warm WebP. Each thread of the AVIF encoder leaves a
# heap behind. New memory is filled: a decoder that leaves pixels out, as libtiff does
# for a truncated strip, would show those of an earlier upload. glibc does not fill
# blocks of up to 1,032 bytes from a thread's cache, so that cache is switched off.
# https://man7.org/linux/man-pages/man3/mallopt.3.html
# https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_PERTURB_": "85",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}
_PASSED_ON = ("WAND_MAGICK_LIBRARY_SUFFIX", "LD_LIBRARY_PATH", "MAGICK_HOME")


def command() -> list[str]:
    """The worker's program and arguments, all but the last: its memory in bytes."""
    return [sys.executable, "-m", WORKER]


def environment(folder: str) -> dict[str, str]:
    """The worker's variables: no credentials, no bucket names, nothing to steal."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed,
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        **ALLOCATOR,
        "TMPDIR": folder,
        "MAGICK_TEMPORARY_PATH": folder,
    }


def new_folder() -> str:
    """Create a temporary folder.

    Raises:
        EngineFailed: the disk is full, for example.
    """
    try:
        # policy.xml allows ImageMagick to use paths with this prefix.
        return tempfile.mkdtemp(prefix="magick-", dir="/tmp")
    except OSError as error:
        msg = f"the decoder has no temporary folder: {error}"
        raise EngineFailed(msg) from error


def remove_folder(folder: str) -> None:
    """Remove a folder, even if its process has removed all permissions."""
    with suppress(OSError):
        Path(folder).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
