"""Decoders that run on one core of this machine, and on two."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from resize_on_upload.imaging.checkerboard import checkerboard_png
from resize_on_upload.outputs.peak_memory import decoder_peak_mb
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.engine import decoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.sizes.size import Size


class Decoder:
    """A decoder like that of a function with as many cores.

    Attributes:
        peak_mb: The peak memory of its process; 0 if this system does not count it.
    """

    def __init__(self, cores: int) -> None:
        """Start it.

        Raises:
            EngineMissingError: ImageMagick cannot be loaded.
        """
        self.peak_mb = 0.0
        self._cores = cores
        self._sandbox = decoder.start(cores)
        self._pinned: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.close()

    def make_variants(self, body: bytes, sizes: Sequence[Size]) -> ImageResult:
        """Make every size of an image on the decoder's cores.

        Raises:
            Rejected: the image cannot be resized.
            EngineFailed: the engine is broken.
        """
        if self._sandbox.pid is None or self._sandbox.pid != self._pinned:
            self._pin()
        result = self._sandbox.make_variants(body, sizes)
        if self._sandbox.pid:
            peak = decoder_peak_mb(self._sandbox.pid)
            self.peak_mb = max(self.peak_mb, peak)
        return result

    def _pin(self) -> None:
        """Let the process run on its cores only.

        It encodes an AVIF before: that encoder counts the cores once, and on Lambda it
        always sees two or more.
        """
        self._sandbox.make_variants(
            checkerboard_png(), parse('{"sizes": ["8x"], "format": "avif"}')
        )
        self._pinned = self._sandbox.pid
        if hasattr(os, "sched_setaffinity"):
            own = sorted(os.sched_getaffinity(0))[: self._cores]
            with suppress(OSError):  # a thread that has ended meanwhile
                for thread in Path(f"/proc/{self._pinned}/task").iterdir():
                    os.sched_setaffinity(int(thread.name), own)


@contextmanager
def decoders() -> Iterator[tuple[Decoder, Decoder | None]]:
    """Start a decoder for one core, and one for two if they can be compared here.

    Raises:
        EngineMissingError: ImageMagick cannot be loaded.
    """
    with ExitStack() as stack:
        one = stack.enter_context(Decoder(1))
        two = stack.enter_context(Decoder(2)) if _has_two() else None
        yield one, two


def _has_two() -> bool:
    """Whether a process can be limited to one of at least two cores."""
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1
