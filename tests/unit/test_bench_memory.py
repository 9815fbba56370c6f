"""The benchmark counts physical memory, also what is freed again at once."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bench.engines import memory

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")

MANY_TIMES = """
window = os.memfd_create("window")
os.ftruncate(window, 4 << 20)
maps = [mmap.mmap(window, 4 << 20) for _ in range(40)]
for one in maps:
    one[:] = bytes(4 << 20)
"""
FREED = """
block = mmap.mmap(-1, 160 << 20)
block[:] = b"1" * (160 << 20)
time.sleep(0.05)
block.close()
"""


@contextmanager
def _process(program: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs a program after its first line of input, then waits."""
    text = f"import mmap, os, sys, time; input(); {program}\nprint(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", text.replace("; \n", "\n")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _run(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    process.stdout.readline()


def test_a_page_that_is_mapped_again_and_again_counts_once() -> None:
    with _process(MANY_TIMES) as process:
        with memory.watched(lambda: [process.pid]) as peak:
            _run(process)
        assert 4 < peak.total < 60
        assert memory.rss(process.pid) > 160


def test_memory_that_is_freed_at_once_is_seen() -> None:
    with _process(FREED) as process:
        with memory.watched(lambda: [process.pid]) as peak:
            _run(process)
        assert memory.rss(process.pid) < 160 < peak.total


def test_children_are_counted_together() -> None:
    with _process("pass") as one, _process("pass") as other:
        for each in (one, other):
            _run(each)
        peak = memory.Peak()
        peak.note([one.pid, other.pid])
        assert peak.children == pytest.approx(memory.pss(other.pid), abs=0.5)
        assert peak.total > peak.children


def test_a_process_that_has_ended_has_no_memory() -> None:
    with _process("pass") as process:
        process.kill()
        process.wait()
    assert (memory.pss(process.pid), memory.rss(process.pid)) == (0, 0)
