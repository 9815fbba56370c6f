"""The walls: pictures are decoded in a process of their own, kept warm.

It has none of our credentials, limits it cannot lift, and a clock that kills it. What
it answers is checked before anyone believes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import DecoderCrash, DecodeTimeout, EngineFailed, Rejected
from .process import Process
from .variants import Derived, Source, Variant
from .verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..size import Size
    from .probe import Limits

IMAGES_A_PROCESS = 500
"""Then it is replaced: whatever a library leaks ends with it."""


class Sandbox:
    """A warm decoder process, one picture at a time, restarted when it dies."""

    def __init__(self, memory: int, limits: Limits) -> None:
        """Start the process without waiting for it.

        Args:
            memory: Bytes of address space it may take.
            limits: What one upload may cost.
        """
        self._memory, self._limits = memory, limits
        self._process: Process | None = Process(memory)

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
        process = self._ready()
        fresh = process.served == 0
        try:
            answer = process.ask(blob, sizes, limits)
        except (DecoderCrash, DecodeTimeout) as error:
            self.close()
            if fresh or isinstance(error, DecodeTimeout):
                raise
            # Perhaps it died of an earlier picture's remains: once more, from new.
            return self.derive(blob, sizes, seconds)
        return _derived(answer, sizes)

    @property
    def pid(self) -> int | None:
        """The process's id, while there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; the next picture starts another."""
        if self._process:
            self._process.stop()
        self._process = None

    def _ready(self) -> Process:
        if self._process and self._process.served >= IMAGES_A_PROCESS:
            self.close()
        self._process = self._process or Process(self._memory)
        try:
            self._process.greet()
        except EngineFailed:
            self.close()
            raise
        return self._process


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
