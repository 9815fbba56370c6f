"""The walls: images are decoded in a process of their own, kept warm.

It has none of our credentials, limits it cannot lift, and a clock that kills it. What
it answers is checked before anyone believes it.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ...errors import DecoderCrash, DecodeTimeout, EngineFailed, Rejected
from . import response
from .process import DecoderDiedError, Process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...sizes.size import Size
    from ..probe import Limits
    from ..results import ImageResult

IMAGES_PER_PROCESS = 500
"""Then it is replaced: whatever a library leaks ends with it."""

MAX_TRIES = 3
"""Processes that one image may take, where it is not to blame for their end."""


class Sandbox:
    """A warm decoder process, one image at a time, restarted when it dies.

    Attributes:
        walls: Those of the last process that was ready, by hardening.py's names: None,
            or why the kernel refused one.
    """

    def __init__(
        self, memory: int, limits: Limits, reuse: int = IMAGES_PER_PROCESS
    ) -> None:
        """Start the process without waiting for it.

        Args:
            memory: Bytes of address space it may take.
            limits: What one upload may cost.
            reuse: Images that one process decodes before it is replaced.
        """
        self._memory, self._limits, self._reuse = memory, limits, reuse
        self.walls: dict[str, str | None] = {}
        self._process: Process | None = Process(memory)

    def make_variants(
        self, blob: bytes, sizes: Sequence[Size], seconds: float | None = None
    ) -> ImageResult:
        """Every size of an image, made behind the walls and checked in front of them.

        Args:
            blob: The upload.
            sizes: What to make of it.
            seconds: Time it may take, where that is less than the limits allow. All
                tries share it.

        Raises:
            Rejected: the image cannot be resized, or killed the process.
            EngineFailed: the walls do not hold, or the answer cannot be right.
        """
        whole = min(seconds or math.inf, self._limits.seconds)
        left, process = whole, self._ready()
        deadline = time.monotonic() + whole
        for number in range(MAX_TRIES):
            try:
                return self._try(process, blob, sizes, left)
            except DecoderDiedError as death:
                if error := _verdict(death, process, whole if number == 0 else None):
                    raise error from death
            process = self._ready()
            left = deadline - time.monotonic()
        msg = (
            f"the decoder was killed {MAX_TRIES} times, not by its image: perhaps the "
            "function's memorySize is too small"
        )
        raise EngineFailed(msg)

    @property
    def pid(self) -> int | None:
        """The process's id, while there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; the next image starts another."""
        process, self._process = self._process, None
        if process:
            process.stop()

    def _try(
        self, process: Process, blob: bytes, sizes: Sequence[Size], seconds: float
    ) -> ImageResult:
        limits = replace(self._limits, seconds=seconds)
        try:
            header, bodies = process.request(blob, sizes, limits)
            return response.parse(header, bodies, blob, sizes, limits)
        except Rejected:
            raise
        except Exception:
            self.close()  # what answers wrongly once is not asked again
            raise
        finally:
            self._replace_used()

    def _replace_used(self) -> None:
        """Replace a process that has served its time, or leaves files behind."""
        process = self._process
        if process and (process.served >= self._reuse or process.left_files):
            self.close()
            with suppress(EngineFailed):  # the next image tries again, and says why
                # It starts while sizes are written.
                self._process = Process(self._memory)

    def _ready(self) -> Process:
        """A process that waits for an image; one that died meanwhile is replaced."""
        cause = "it is not silent"
        for _ in range(MAX_TRIES):
            self._process = process = self._process or Process(self._memory)
            try:
                process.wait_until_ready()
                if process.is_idle:
                    self.walls = process.walls
                    return process
            except DecoderDiedError as death:
                cause = str(death)
            except EngineFailed:
                self.close()
                raise
            self.close()
        msg = f"the decoder's process did not start: {cause}"
        raise EngineFailed(msg)


def _verdict(
    death: DecoderDiedError, process: Process, whole: float | None
) -> DecoderCrash | DecodeTimeout | EngineFailed | None:
    """What a death means for the image; None where another process may try it.

    Args:
        death: How the process ended.
        process: It; what it decoded before may have broken it.
        whole: Seconds the image had, where it had all of its time.
    """
    if death.timed_out and whole is None:
        return EngineFailed(
            "the decoder died, and too little time was left for another"
        )
    if death.timed_out:
        return DecodeTimeout(f"decoding took more than {whole:.1f} seconds")
    if death.from_outside or process.served > 1:
        return None
    return DecoderCrash(f"the decoder died of it ({death})")
