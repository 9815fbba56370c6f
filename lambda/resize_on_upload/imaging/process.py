"""The decoder's process as seen from outside: its pipes, its clock, its folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..errors import DecoderCrash, DecodeTimeout, EngineFailed
from . import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..errors import Rejected
    from ..size import Size
    from .probe import Limits

SECONDS_TO_START = 10
"""For Python, ImageMagick and the proof of the policy; it takes a tenth of one."""

# glibc gives large pictures back to the kernel and asks for them anew, page by page: a
# third of the time of a warm WebP. And each thread of AVIF's encoder leaves a heap of
# its own behind. New memory is filled: a decoder that leaves pixels out, as libtiff's
# does of a cut strip, would show those of an earlier upload.
# https://man7.org/linux/man-pages/man3/mallopt.3.html
_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_PERTURB_": "85",
}
_PASSED_ON = ("WAND_MAGICK_LIBRARY_SUFFIX", "LD_LIBRARY_PATH", "MAGICK_HOME")


class Process:
    """One process and its pipes.

    Attributes:
        folder: Its temporary folder; it goes with it.
        served: How many pictures it has answered for.
    """

    def __init__(self, memory: int) -> None:
        self.served = 0
        self._greeted = False
        self.folder = _new_folder()
        self._process = subprocess.Popen(
            [*_command(), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(self.folder),
            cwd=self.folder,
        )

    @property
    def _pipes(self) -> tuple[Any, Any]:
        return self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid

    def greet(self) -> None:
        """Wait until it has proven its policy.

        Raises:
            EngineFailed: it did not start, or the policy has holes.
        """
        if self._greeted:
            return
        try:
            with self._at_most(SECONDS_TO_START):
                header, _ = wire.receive(self._pipes[1])
        except wire.BrokenWireError as error:
            msg = f"the decoder's process did not start: exit {self._process.wait()}"
            raise EngineFailed(msg) from error
        if header["holes"]:
            holes = ", ".join(header["holes"])
            msg = f"the policy no longer {holes}: build the image anew"
            raise EngineFailed(msg)
        self._greeted = True

    def ask(
        self, blob: bytes, sizes: Sequence[Size], limits: Limits
    ) -> tuple[dict[str, Any], list[bytes]]:
        """One picture; the answer as it came.

        Raises:
            DecodeTimeout: it took too long, and was killed.
            DecoderCrash: it died of the picture.
        """
        request = {"limits": asdict(limits), "sizes": wire.packed(sizes)}
        requests, answers = self._pipes
        start = time.monotonic()
        try:
            with self._at_most(limits.seconds):
                wire.send(requests, request, [blob])
                answer = wire.receive(answers)
        except (OSError, wire.BrokenWireError) as error:
            timed_out = time.monotonic() - start >= limits.seconds
            raise self._death(limits, timed_out=timed_out) from error
        self.served += 1
        return answer

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        """Kill the process where the block takes longer."""
        clock = threading.Timer(seconds, self._process.kill)
        clock.start()
        try:
            yield
        finally:
            clock.cancel()

    def _death(self, limits: Limits, *, timed_out: bool) -> Rejected:
        code = self._process.wait()
        if timed_out or code == -signal.SIGXCPU:
            return DecodeTimeout(
                f"decoding took more than {limits.seconds:.1f} seconds"
            )
        cause = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return DecoderCrash(f"the decoder died of it ({cause})")

    def stop(self) -> None:
        """End it and remove what it left."""
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes:
            pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _new_folder() -> str:
    try:
        # The prefix is the one that policy.xml lets ImageMagick use.
        return tempfile.mkdtemp(prefix="magick-", dir="/tmp")
    except OSError as error:
        msg = f"the decoder has no temporary folder: {error}"
        raise EngineFailed(msg) from error


def _command() -> list[str]:
    return [sys.executable, "-m", f"{__package__}.worker"]


def _environment(folder: str) -> dict[str, str]:
    """No credential, no bucket, nothing to steal."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed,
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        **_MEMORY,
        "TMPDIR": folder,
        "MAGICK_TEMPORARY_PATH": folder,
    }
