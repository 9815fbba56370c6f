"""The decoder's memory: new blocks contain nothing of an earlier image."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from resize_on_upload.imaging.sandbox import launch

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (16, 24, 64, 512, 1_000, 1_032, 1_040, 4_096, 100_000)

PROGRAM = f"""
import ctypes, json
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
def again(size):
    first = libc.malloc(size)
    ctypes.memset(first, 0x41, size)
    libc.free(first)
    return set(ctypes.string_at(libc.malloc(size), size))
print(json.dumps([0x41 not in again(size) for size in {SIZES}]))
"""


def test_new_blocks_are_filled_whatever_their_size(tmp_path: Path) -> None:
    """Including those of up to 1,032 bytes, which glibc reuses within a thread."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=True,
        env=launch.environment(str(tmp_path)),
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""  # glibc prints a warning for an unknown setting
    filled = dict(zip(SIZES, json.loads(done.stdout), strict=True))
    assert filled == dict.fromkeys(SIZES, True)
