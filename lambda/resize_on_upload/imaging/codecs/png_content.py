"""How a PNG is best compressed, by a sample of its pixels."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from operator import ne, sub
from typing import TYPE_CHECKING

from ..imagemagick import magick

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_MAX_PALETTE = 256
_OPAQUE = 255
_ROWS, _COLUMNS = 16, 128  # of the sample: the same for small and large images


@dataclass(frozen=True, slots=True)
class Compression:
    """How the rows of a PNG are compressed.

    Attributes:
        level: zlib's, 1 to 9.
        strategy: zlib's; with run lengths, the level makes no difference.
        filtered: Whether each row is filtered first (PNG specification, 9).
    """

    level: int
    strategy: int
    filtered: bool


PHOTO = Compression(1, zlib.Z_RLE, filtered=True)
GRADIENT = Compression(4, zlib.Z_DEFAULT_STRATEGY, filtered=True)
FLAT = Compression(5, zlib.Z_DEFAULT_STRATEGY, filtered=False)
MIXED = Compression(2, zlib.Z_DEFAULT_STRATEGY, filtered=True)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was counted in some pixels, each with its left neighbour.

    Attributes:
        pixels: How many have a neighbour.
        changes: How many differ from it.
        pairs: Different pairs of a pixel and its neighbour.
        steps: Different differences between the two.
        colours: Different colours, as integers: red is the lowest byte, alpha the
            highest.
    """

    pixels: int
    changes: int
    pairs: int
    steps: int
    colours: frozenset[int]

    @property
    def compression(self) -> Compression:
        """What makes a small file of such an image in little time.

        In a photo, few colours are seen twice: looking for them is in vain. In a
        gradient, few steps lead to many colours: filters leave the steps. In flat
        graphics, the same colours meet again and again: filters hide that.
        """
        if self._is_photo():
            return PHOTO
        if self._is_flat():
            return FLAT
        return GRADIENT if self.steps < self.pairs / 8 else MIXED

    def _is_photo(self) -> bool:
        new, varied = len(self.colours) / 0.7, self.steps / 0.1
        return min(new, varied) >= self.pixels

    def _is_flat(self) -> bool:
        colours = len(self.colours)
        if self.changes > 0.55 * self.pixels or colours > 0.8 * self.pairs:
            return False
        return self.steps >= self.pairs * 2 / 3 or colours <= self.pairs / 2


def needs_rgba(image: magick.Image, found: Sample) -> bool:
    """Whether no palette, grey, or alpha of one bit can hold an image's colours.

    Args:
        image: Its rows are looked at in full if the sample does not show it.
        found: A sample of it.
    """
    if not image.alpha_channel:
        return False
    colours = set(found.colours)
    if _are_rgba(colours):
        return True
    for line in _lines(image, image.width):
        colours.update(line)
        if _are_rgba(colours):
            return True
    return False


def _are_rgba(colours: Collection[int]) -> bool:
    shown = [colour for colour in colours if colour >> 24]
    return (
        len(shown) > _MAX_PALETTE
        and any(colour >> 24 != _OPAQUE for colour in shown)
        and any(not _is_grey(colour) for colour in shown)
    )


def _is_grey(colour: int) -> bool:
    red, green, blue, _ = colour.to_bytes(4, "little")
    return red == green == blue


def sample(image: magick.Image) -> Sample:
    """Count in parts of rows, from the upper left corner to the lower right one."""
    changes = pixels = 0
    pairs: set[tuple[int, int]] = set()
    steps: set[int] = set()
    seen: set[int] = set()
    for line in _lines(image, _COLUMNS):
        now = line[1:]
        pixels += len(now)
        changes += sum(map(ne, line, now))
        pairs.update(zip(line, now, strict=False))
        steps.update(map(sub, now, line))
        seen.update(line)
    return Sample(pixels, changes, len(pairs), len(steps), frozenset(seen))


def _lines(image: magick.Image, columns: int) -> Iterator[list[int]]:
    width, height = image.size
    rows, columns = min(_ROWS, height), min(columns, width)
    for number in range(rows):
        left, top = (
            room * number // max(rows - 1, 1) for room in (width - columns, height - 1)
        )
        data = magick.part(image, (left, top, columns, 1), "RGBA")
        yield memoryview(data).cast("B").cast("I").tolist()
