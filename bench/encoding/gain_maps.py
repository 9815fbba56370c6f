"""Measure what gain maps cost and show, by width: `python -m bench.encoding.gain_maps`.

Bytes of a variant without its gain map, bytes added by it, the part of the image that
is at least half a stop brighter with it, and how far it is from the photo's own HDR
image: all as means over the photos. libultrahdr renders both.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pyvips

from bench.features import engine
from bench.folders import SHARED
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.features.engine import Engine

WIDTHS = (100, 150, 300, 600, 1200, 2400)
_DARKEST = 0.02
"""Of white: below it, screens and eyes see no difference."""


def main() -> int:
    """Print the table."""
    photos = sorted((SHARED / "phones").glob("ultrahdr_*.jpg"))
    if not photos:
        terminal.say(f"There are no photos in {SHARED / 'phones'}.")
        return 2
    originals = [photo.read_bytes() for photo in photos]
    print("| width | bytes | added | of it | brighter | error |")
    print("|--:|--:|--:|--:|--:|--:|")
    with engine.running() as made_by:
        for width in WIDTHS:
            rows = [_measured(made_by, original, width) for original in originals]
            print(
                _row(
                    width,
                    [float(np.mean(column)) for column in zip(*rows, strict=True)],
                )
            )
    return 0


def _measured(made_by: Engine, original: bytes, width: int) -> tuple[float, ...]:
    """Bytes without and by the gain map, the part that is brighter, the error."""
    sizes = [f"{width}x", {"geometry": f"{width}x", "name": "hdr", "hdr": "keep"}]
    dropped, kept = made_by.make(original, {"sizes": sizes})
    ideal, small = _rendered(original), _rendered(kept)
    scale, down = width / ideal.width, small.height / ideal.height
    sdr = pyvips.Image.new_from_buffer(dropped, "").colourspace("scrgb")
    stops = [_stops(i) for i in (ideal.resize(scale, vscale=down), small, _light(sdr))]
    brighter = float((stops[0] - stops[2] > 1 / 2).mean())
    error = float(np.median(np.abs(stops[0] - stops[1])))
    return len(dropped), len(kept) - len(dropped), brighter, error


def _rendered(blob: bytes) -> Any:
    return _light(pyvips.Image.new_from_buffer(blob, "").uhdr2scRGB())


def _light(image: Any) -> Any:
    return image.recomb([[0.2126, 0.7152, 0.0722]])


def _stops(image: Any) -> np.ndarray[Any, Any]:
    return np.asarray(np.log2(np.maximum(image.numpy(), _DARKEST)))


def _row(width: int, means: Sequence[float]) -> str:
    size, added, brighter, error = means
    return (
        f"| {width} | {size:,.0f} | {added:,.0f} | {added / size:.0%} "
        f"| {brighter:.0%} | {error:.2f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
