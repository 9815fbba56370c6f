"""How the decoder's process is started: command, environment, temporary folder."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from ...errors import EngineFailed

WORKER = f"{__package__}.worker"

ZEROED_MEMORY = Path(__file__).with_name("_zeroed_memory.so")
"""Makes new memory zero; built from zeroed_memory.c if there is a compiler."""

# glibc returns the memory of large images to the kernel and requests it again page by
# page: a third of the time of a warm WebP. Each thread of the AVIF encoder leaves a
# heap behind.
# https://man7.org/linux/man-pages/man3/mallopt.3.html
KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_ARENA_MAX": "1",
}

# In place of ZEROED_MEMORY, at twice its cost, except that up to 16 bytes can stay
# where realloc extends a block. glibc does not fill blocks of up to 1,032 bytes from a
# thread's cache, so that cache is switched off.
# https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html
OVERWRITTEN_MEMORY = {
    "MALLOC_PERTURB_": "85",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}
_PASSED_ON = ("WAND_MAGICK_LIBRARY_SUFFIX", "LD_LIBRARY_PATH", "MAGICK_HOME")


def command() -> list[str]:
    """The worker's program and arguments, all but the last two.

    Those are its memory in bytes, and the cores it may use.
    """
    return [sys.executable, "-m", WORKER]


@cache
def allocator(library: Path = ZEROED_MEMORY) -> dict[str, str]:
    """The variables that configure malloc.

    New memory is zero or overwritten: a decoder that leaves pixels out, as libtiff does
    for a truncated strip, would otherwise show those of an earlier upload.

    Args:
        library: Preloaded, unless it is missing or cannot be.
    """
    if _can_be_preloaded(library):
        return {**KEPT_MEMORY, "LD_PRELOAD": str(library)}
    return {**KEPT_MEMORY, **OVERWRITTEN_MEMORY}


def _can_be_preloaded(library: Path) -> bool:
    """Try it: the dynamic linker ignores a library that it cannot preload."""
    if set(str(library)) & set(" :$"):  # special in LD_PRELOAD
        return False
    try:
        ctypes.CDLL(str(library))
    except OSError:
        return False
    return True


def environment(folder: str) -> dict[str, str]:
    """The worker's variables: no credentials, no bucket names, nothing to steal."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed,
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        **allocator(),
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
