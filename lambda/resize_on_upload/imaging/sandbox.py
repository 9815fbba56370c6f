"""The walls: pictures are decoded in a process of their own, kept warm.

It has none of our credentials, limits it cannot lift, and a clock that kills it. What
it answers is checked before anyone believes it.
"""

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
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ..errors import DecoderCrash, DecodeTimeout, EngineFailed, Rejected
from . import wire
from .variants import Derived, Source, Variant
from .verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..sizes import Size
    from .probe import Limits

IMAGES_A_PROCESS = 500
"""Then it is replaced: whatever a library leaks ends with it."""

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


class Sandbox:
    """A warm decoder process, one picture at a time, restarted when it dies."""

    def __init__(self, memory: int, limits: Limits) -> None:
        """Start the process without waiting for it.

        Args:
            memory: Bytes of address space it may take.
            limits: What one upload may cost.
        """
        self._memory, self._limits = memory, limits
        self._worker: _Worker | None = _Worker(memory)

    def derive(
        self, blob: bytes, sizes: Sequence[Size], seconds: float | None = None
    ) -> Derived:
        """Every size of a picture, made behind the walls and checked in front of them.

        Args:
            blob: The upload.
            sizes: What to make of it.
            seconds: Time it may take, where that is less than the limits allow.

        Raises:
            Rejected: the picture cannot be resized, or killed the process.
            EngineFailed: the walls do not hold, or the answer cannot be right.
        """
        limits = replace(
            self._limits, seconds=min(seconds or 1e9, self._limits.seconds)
        )
        worker = self._ready()
        fresh = worker.served == 0
        try:
            answer = worker.ask(blob, sizes, limits)
        except (DecoderCrash, DecodeTimeout) as error:
            self.close()
            if fresh or isinstance(error, DecodeTimeout):
                raise
            # Perhaps it died of an earlier picture's remains: once more, from new.
            return self.derive(blob, sizes, seconds)
        return _derived(answer, sizes)

    @property
    def process(self) -> int | None:
        """The process's id, while there is one."""
        return self._worker.process if self._worker else None

    def close(self) -> None:
        """End the process; the next picture starts another."""
        if self._worker:
            self._worker.stop()
        self._worker = None

    def _ready(self) -> _Worker:
        if self._worker and self._worker.served >= IMAGES_A_PROCESS:
            self.close()
        self._worker = self._worker or _Worker(self._memory)
        try:
            self._worker.greet()
        except EngineFailed:
            self.close()
            raise
        return self._worker


class _Worker:
    """One process, its pipes and its temporary folder."""

    def __init__(self, memory: int) -> None:
        self.served = 0
        self._greeted = False
        self._folder = _new_folder()
        self._process = subprocess.Popen(
            [*_command(), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(self._folder),
            cwd=self._folder,
        )

    @property
    def _pipes(self) -> tuple[Any, Any]:
        return self._process.stdin, self._process.stdout

    @property
    def process(self) -> int:
        """Its id."""
        return self._process.pid

    def greet(self) -> None:
        """Wait until it has proven its policy."""
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
        """One picture; the answer as it came."""
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
        shutil.rmtree(self._folder, ignore_errors=True)


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


def _derived(
    answer: tuple[dict[str, Any], list[bytes]], sizes: Sequence[Size]
) -> Derived:
    header, bodies = answer
    if "failed" in header:
        msg = f"the engine failed: {header['failed']}"
        raise EngineFailed(msg)
    if "code" in header:
        raise _BY_CODE.get(header["code"], DecoderCrash)(str(header["message"]))
    try:
        derived = Derived(
            source=Source(**header["source"]),
            variants=tuple(
                Variant(size=size, body=body, **facts)
                for size, facts, body in zip(
                    sizes, header["variants"], bodies, strict=True
                )
            ),
            milliseconds=header["milliseconds"],
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"the decoder's answer is malformed: {error}"
        raise EngineFailed(msg) from error
    verify(derived)
    return derived


_BY_CODE = {kind.code: kind for kind in Rejected.__subclasses__()}
