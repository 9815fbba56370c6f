"""The highest quality at which an image has few enough bytes, by a few encodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_QUALITY = 20
"""Below it, images look broken: they are then written with more bytes."""

MAX_ENCODES = 6

_CAUTION = 8
"""An eighth below where it is expected, the last of a few encodes is likely to fit: if
none did, all were a little too large, and the lowest quality would be left."""


class Encoded(NamedTuple):
    """A file, and the quality that its encoder was given."""

    quality: int
    body: bytes


def search(
    encode: Callable[[int], bytes],
    quality: int,
    max_bytes: int,
    encodes: int = MAX_ENCODES,
) -> Encoded:
    """Encode at `quality` if that fits, else at the highest that is found to fit.

    Each step halves the range less often than it hits: bytes grow evenly enough with
    quality that their logarithm says where to look next.

    Args:
        encode: Makes the file of a quality; a higher one has more bytes, mostly.
        quality: The highest to try.
        max_bytes: How many bytes fit.
        encodes: How often to call `encode` at most.

    Returns:
        The smallest file if none fits.
    """
    high = Encoded(quality, encode(quality))
    if len(high.body) <= max_bytes or quality <= MIN_QUALITY or encodes == 1:
        return high
    low = Encoded(MIN_QUALITY, encode(MIN_QUALITY))
    if len(low.body) > max_bytes:
        return min(high, low, key=lambda one: len(one.body))
    for left in reversed(range(encodes - 2)):
        if high.quality - low.quality == 1:
            break
        between = _between(low, high, max_bytes)
        if not left and low.quality == MIN_QUALITY and encodes < MAX_ENCODES:
            between -= (between - MIN_QUALITY) // _CAUTION
        found = Encoded(between, encode(between))
        if len(found.body) <= max_bytes:
            low = found
        else:
            high = found
    return low


def _between(low: Encoded, high: Encoded, max_bytes: int) -> int:
    """Where `max_bytes` is expected between a file that fits and one that does not."""
    smallest, largest = len(low.body), len(high.body)
    share = math.log(max_bytes / smallest) / math.log(largest / smallest)
    expected = low.quality + int(share * (high.quality - low.quality))
    return min(max(expected, low.quality + 1), high.quality - 1)
