"""What every function that allocates memory returns in place of what was freed.

Run as a program; it prints name of the function → the values found in new bytes, of
blocks of 1 to 2,000 bytes and of large ones. EARLIER is among them if nothing protects.
The argument is the step from one size to the next.
"""

from __future__ import annotations

import ctypes
import json
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EARLIER, OWN = 0x41, 0x42
MAX_SMALL = 2_000
LARGE = (4_096, 65_537, 1_000_000)
BLOCKS = 9  # a thread's cache keeps seven of a size

libc = ctypes.CDLL(None)
for _name, _count in {
    "malloc": 1,
    "calloc": 2,
    "realloc": 2,
    "reallocarray": 3,
    "memalign": 2,
    "aligned_alloc": 2,
    "valloc": 1,
    "pvalloc": 1,
}.items():
    getattr(libc, _name).restype = ctypes.c_void_p
    getattr(libc, _name).argtypes = [ctypes.c_size_t] * _count
libc.free.argtypes = libc.malloc_usable_size.argtypes = [ctypes.c_void_p]
libc.free.restype = None
libc.malloc_usable_size.restype = ctypes.c_size_t
libc.posix_memalign.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]


def posix_memalign(size: int) -> int:
    block = ctypes.c_void_p()
    assert libc.posix_memalign(ctypes.byref(block), 64, size) == 0
    assert block.value
    return block.value


def own(size: int) -> int:
    """A block full of OWN."""
    block = int(libc.malloc(size))
    ctypes.memset(block, OWN, size)
    return block


ALLOCATE: dict[str, Callable[[int], int]] = {
    "malloc": libc.malloc,
    "calloc": lambda size: libc.calloc(1, size),
    "realloc of nothing": lambda size: libc.realloc(0, size),
    "reallocarray of nothing": lambda size: libc.reallocarray(0, 1, size),
    "memalign": lambda size: libc.memalign(64, size),
    "aligned_alloc": lambda size: libc.aligned_alloc(32, size),
    "posix_memalign": posix_memalign,
    "valloc": libc.valloc,
    "pvalloc": libc.pvalloc,
}
GROW: dict[str, Callable[[int], int]] = {
    "realloc": lambda size: libc.realloc(own(size), 2 * size + 40),
    "realloc by a byte": lambda size: libc.realloc(own(size), size + 1),
    "reallocarray": lambda size: libc.reallocarray(own(size), 3, size),
    "realloc after shrinking": lambda size: libc.realloc(
        libc.realloc(own(2 * size), size), 2 * size
    ),
}
"""The first `size` bytes are kept, the others are new."""


def leave_behind(size: int) -> None:
    """Fill blocks and free them; every other one first, so that not all are merged."""
    blocks = [int(libc.malloc(size)) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, EARLIER, libc.malloc_usable_size(block))
    for block in (*blocks[::2], *blocks[1::2]):
        libc.free(block)


def parts(block: int, size: int) -> tuple[bytes, bytes]:
    """The bytes up to `size`, and those behind; the block is freed full of EARLIER."""
    usable = int(libc.malloc_usable_size(block))
    found = ctypes.string_at(block, usable)
    ctypes.memset(block, EARLIER, usable)
    libc.free(block)
    return found[:size], found[size:]


def shown_by(
    allocate: Callable[[int], int], sizes: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The values that blocks have in each of their parts."""
    first: set[int] = set()
    second: set[int] = set()
    for size in sizes:
        leave_behind(3 * size + 40)
        leave_behind(size)
        before, behind = parts(allocate(size), size)
        first.update(before)
        second.update(behind)
    return sorted(first), sorted(second)


def main() -> None:
    """Print the values that each function shows, in this thread and in another."""
    found: dict[str, list[int]] = {}
    sizes = (*range(1, MAX_SMALL + 1, int(sys.argv[1])), *LARGE)

    def run(suffix: str) -> None:
        for name, allocate in ALLOCATE.items():
            wanted, behind = shown_by(allocate, sizes)
            found[name + suffix], found[f"behind {name}{suffix}"] = wanted, behind
        for name, grow in GROW.items():
            _, found[name + suffix] = shown_by(grow, sizes)

    run("")
    thread = threading.Thread(target=run, args=(" in a thread",))
    thread.start()
    thread.join()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
