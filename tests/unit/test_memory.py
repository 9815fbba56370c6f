"""A log line reports the peak memory of both processes, running or ended."""

from __future__ import annotations

import subprocess
import sys

from resize_on_upload.outputs.peak_memory import peak_mb

TAKE = "taken = bytearray(300_000_000); print(1, flush=True); input()"


def test_a_decoder_counts_while_it_runs_and_after_it_has_ended() -> None:
    """The alarm is for decoders that ended because of too much memory."""
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
