"""Decode images in a separate process, which is kept warm.

It has no credentials, limits that it cannot raise, and is killed if it takes too long.
Its responses are checked before they are used.
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
"""Then it is replaced: whatever a library leaked ends with it."""

MAX_TRIES = 3
"""Processes tried per image, if their deaths are not the image's fault."""


class Sandbox:
    """A warm decoder process: one image at a time, restarted when it dies.

    Attributes:
        walls: Wall in imaging/walls → None, or why it is missing; those of the last
            process that was ready.
        whole: Why it decodes images as a whole; None if it decodes them by rows.
    """

    def __init__(
        self,
        memory: int,
        limits: Limits,
        reuse: int = IMAGES_PER_PROCESS,
        cores: int = 1,
    ) -> None:
        """Start the process without waiting for it.

        Args:
            memory: Bytes of address space that the process may take.
            limits: Limits on one upload.
            reuse: Images per process, which is then replaced.
            cores: Variants that it may encode at the same time.
        """
        self._memory, self._limits, self._reuse = memory, limits, reuse
        self._cores = cores
        self.walls: dict[str, str | None] = {}
        self.whole: str | None = None
        self._process: Process | None = self._new()

    def make_variants(
        self, blob: bytes, sizes: Sequence[Size], seconds: float | None = None
    ) -> ImageResult:
        """Make every size of an image in the process, and check the response.

        Args:
            blob: The upload.
            sizes: The sizes to make.
            seconds: Time left for all tries together, if less than the limits allow.

        Raises:
            Rejected: the image cannot be resized, or killed the process.
            EngineFailed: the process does not start, or its response is wrong.
        """
        allowed = min(seconds or math.inf, self._limits.seconds)
        left, process = allowed, self._ready()
        deadline = time.monotonic() + allowed
        for number in range(MAX_TRIES):
            try:
                return self._try(process, blob, sizes, left)
            except DecoderDiedError as death:
                if error := _verdict(death, process, allowed if number == 0 else None):
                    raise error from death
            process = self._ready()
            left = deadline - time.monotonic()
        msg = (
            f"the decoder was killed {MAX_TRIES} times, not by the image: perhaps the "
            "function's memorySize is too small"
        )
        raise EngineFailed(msg)

    def _new(self) -> Process:
        return Process(self._memory, self._cores)

    @property
    def pid(self) -> int | None:
        """The id of the process, if there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; the next image starts a new one."""
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
            self.close()  # a process that responded wrongly is not used again
            raise
        finally:
            self._replace_used()

    def _replace_used(self) -> None:
        """Replace a process after `reuse` images, or if it left files behind."""
        process = self._process
        if process and (process.served >= self._reuse or process.left_files):
            self.close()
            with suppress(EngineFailed):  # the next image tries again, and reports why
                # It starts while variants are written.
                self._process = self._new()

    def _ready(self) -> Process:
        """A process that waits for an image, in place of one that died meanwhile."""
        cause = "it sent something without a request"
        for _ in range(MAX_TRIES):
            self._process = process = self._process or self._new()
            try:
                process.wait_until_ready()
                if process.is_idle:
                    self.walls, self.whole = process.walls, process.whole
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
    death: DecoderDiedError, process: Process, allowed: float | None
) -> DecoderCrash | DecodeTimeout | EngineFailed | None:
    """The error for the image; None if another process may try it.

    Args:
        death: How the process ended.
        process: The process; an earlier image may have broken it.
        allowed: Seconds the image had; None if a first try had taken some of its time.
    """
    if death.timed_out and allowed is None:
        return EngineFailed(
            "the decoder died, and too little time was left to try another"
        )
    if death.timed_out:
        return DecodeTimeout(f"decoding took more than {allowed:.1f} seconds")
    if death.from_outside or process.served > 1:
        return None
    return DecoderCrash(f"the image killed the decoder ({death})")
