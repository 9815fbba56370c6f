"""Encode several variants at the same time, if there is more than one core.

Only encoding is done in other threads: it takes most of the time of large sizes and of
modern formats. `make cores` measures when it pays.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Self

from ..formats import AVIF, GIF, JPEG, PNG, WEBP
from ..imagemagick import sequence
from . import variants

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ...sizes.size import Size
    from ..imagemagick import magick
    from ..output.output import Output
    from ..results import Variant

MAX_PIXELS = 12_000_000
"""Of all frames that are encoded at the same time. Encoding AVIF takes the most memory:
50 bytes per pixel."""

MIN_MILLISECONDS = 15.0
"""Of an encode that is worth a thread: to start one and to wait for it takes three."""

_MILLISECONDS = {
    JPEG.name: 10.0,
    PNG.name: 75.0,
    WEBP.name: 110.0,
    GIF.name: 375.0,
    AVIF.name: 500.0,
}
"""Of encoding a megapixel, roughly."""

_ANIMATED_GIF_MILLISECONDS = 10.0
"""The same of frames of which little changes; others take up to forty times as long."""


class SideBySide:
    """Encodes variants in other threads, which it ends at the end of its block.

    Results are those of InTurn: of several errors, the first variant's is raised.
    """

    def __init__(self, cores: int, number: int) -> None:
        """Start no thread yet.

        Args:
            cores: Variants that may be encoded at the same time.
            number: Variants that will be added.
        """
        self._cores, self._left = cores, number
        self._pool: ThreadPoolExecutor | None = None
        self._pixels: dict[Future[Variant], int] = {}
        self._results: dict[Size, Callable[[], Variant]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: object, __: object) -> None:
        if self._pool:
            self._pool.shutdown()
        if error:
            self.variants()

    def add(self, frames: magick.Image, output: Output) -> None:
        """Encode all frames of a variant, now or soon, and close them.

        Raises:
            ResultTooLarge: the format cannot hold it.
        """
        self._left -= 1
        pixels = sequence.pixels(frames)
        self._wait_for_room(pixels)
        fallback = self._results.get(output.size.fallback_size, _none)
        if self._left and _is_worth_it(pixels, output):
            variants.check_fits(frames, output)
            sequence.unshare(frames)
            job = self._threads().submit(_make, frames, output, fallback)
            self._pixels[job] = pixels
            self._results[output.size] = job.result
        else:  # this thread would only wait for the last one
            made = _make(frames, output, fallback)
            self._results[output.size] = lambda: made

    def variants(self) -> dict[Size, Variant]:
        """All variants, in the order in which they were added."""
        return {size: result() for size, result in self._results.items()}

    def _wait_for_room(self, pixels: int) -> None:
        while self._pixels and sum(self._pixels.values()) + pixels > MAX_PIXELS:
            for job in wait(self._pixels, return_when=FIRST_COMPLETED).done:
                del self._pixels[job]

    def _threads(self) -> ThreadPoolExecutor:
        if not self._pool:
            self._pool = ThreadPoolExecutor(self._cores)
        return self._pool


def _none() -> None:
    """The result of a fallback that there is not."""


def _make(
    frames: magick.Image, output: Output, fallback: Callable[[], Variant | None]
) -> Variant:
    """Make a variant; wait for the fallback, which was added before, if it matters."""
    with frames:
        known = None if output.size.max_bytes is None else fallback()
        return variants.make(frames, output, known)


def _is_worth_it(pixels: int, output: Output) -> bool:
    each = _MILLISECONDS[output.format.name]
    if output.format is GIF and output.animated:
        each = _ANIMATED_GIF_MILLISECONDS
    return pixels / 1e6 * each >= MIN_MILLISECONDS and pixels <= MAX_PIXELS
