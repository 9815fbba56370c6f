"""Whether new memory contains what was in it before: pixels of an earlier image."""

from __future__ import annotations

import ctypes

ZEROED = "zeroed-memory"
OVERWRITTEN = "overwritten-memory"

_SIZES = (24, 1_000, 100_000)
_MARK = 0x41


def check() -> dict[str, str | None]:
    """Allocate memory that was used before; return which protection runs → None.

    If none does, its name is ZEROED, and the value says what is wrong.
    """
    found = {byte for size in _SIZES for byte in _used_before(size)}
    if found == {0}:
        return {ZEROED: None}
    if _MARK not in found:
        return {OVERWRITTEN: None}
    return {ZEROED: "not on this system: new memory may show an earlier image"}


def _used_before(size: int) -> bytes:
    """The content of a new block at the place of a freed one, full of _MARK."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    block = libc.malloc(size)
    ctypes.memset(block, _MARK, size)
    libc.free(block)
    again = libc.malloc(size)
    content = ctypes.string_at(again, size)
    libc.free(again)
    return content
