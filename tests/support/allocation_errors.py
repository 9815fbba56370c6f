"""What the functions that allocate memory do with impossible requests, as JSON."""

from __future__ import annotations

import ctypes
import errno
import json

SIZE, TOO_LARGE = ctypes.c_size_t, 2**62

libc = ctypes.CDLL(None, use_errno=True)
for _name in ("malloc", "calloc", "realloc", "memalign", "aligned_alloc", "valloc"):
    getattr(libc, _name).restype = ctypes.c_void_p
libc.malloc_usable_size.restype = SIZE


def posix_memalign(alignment: int, size: int) -> tuple[str, bool]:
    """The error, and whether the block is set and aligned."""
    block = ctypes.c_void_p()
    error = libc.posix_memalign(ctypes.byref(block), SIZE(alignment), SIZE(size))
    aligned = block.value is not None and block.value % alignment == 0
    return errno.errorcode.get(error, ""), aligned


def failing(function: str, *sizes: int) -> str:
    """The error of a function that returns no block."""
    ctypes.set_errno(0)
    block = getattr(libc, function)(*map(SIZE, sizes))
    return errno.errorcode.get(ctypes.get_errno(), "") if block is None else "a block"


def reallocated(size: int) -> str | None:
    """The content of a block of four bytes after its size has changed."""
    block = libc.malloc(SIZE(4))
    ctypes.memmove(block, b"kept", 4)
    again = libc.realloc(ctypes.c_void_p(block), SIZE(size))
    return ctypes.string_at(again, min(size, 4)).decode() if again else None


def main() -> None:
    """Print every result."""
    results = {
        "nothing": failing("malloc", 0),
        "too large": [
            failing("malloc", TOO_LARGE),
            failing("realloc", 0, TOO_LARGE),
            failing("memalign", 64, TOO_LARGE),
            failing("aligned_alloc", 64, TOO_LARGE),
            failing("valloc", TOO_LARGE),
            failing("calloc", TOO_LARGE, 16),
        ],
        "aligned": [posix_memalign(n, 100) for n in (8, 16, 64, 4_096, 2**21)],
        "not an alignment": [posix_memalign(n, 100) for n in (1, 2, 4, 12, 24)],
        "too large, aligned": posix_memalign(64, TOO_LARGE),
        "changed": [reallocated(size) for size in (0, 2, 4, 400, 4_000_000)],
        "not changed": reallocated(TOO_LARGE),
    }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
