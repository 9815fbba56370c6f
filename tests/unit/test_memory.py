"""The memory that a log line reports is that of both processes, dead or alive."""

from __future__ import annotations

import subprocess
import sys

from resize_on_upload.outputs.peak_memory import peak_mb

TAKE = "room = bytearray(300_000_000); print(1, flush=True); input()"


def test_a_decoder_counts_while_it_lives_and_after_it_has_died() -> None:
    """One that died of too much memory is what the alarm is for."""
    alone = peak_mb(None)
    with subprocess.Popen(
        [sys.executable, "-c", TAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()
        alive = peak_mb(child.pid)
        child.kill()
    assert alive >= 280
    assert peak_mb(None) >= max(alone, 280)
