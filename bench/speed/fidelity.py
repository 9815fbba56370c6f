"""Compare each engine's results with an exact resize: mean SSIM."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.encoding.quality import linear_light, resized, similarity
from bench.speed.inputs import GROWTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.speed.inputs import Input

MAX_PIXELS = 25_000_000


def likeness(
    photo: Input, job: Mapping[str, Any], folders: Mapping[str, Path]
) -> dict[str, float]:
    """Return SSIM by engine; empty for animations, HEIC and very large photos."""
    is_large = photo.width * photo.height > MAX_PIXELS
    is_shown = photo.kind != GROWTH and photo.format != "heic"
    if photo.job["animated"] or is_large or not is_shown:
        return {}
    exact = _exact(Path(job["file"]))
    references = [resized(exact, size) for size in job["sizes"]]
    found = {}
    for name, folder in folders.items():
        values = [
            similarity(reference, (folder / str(number)).read_bytes())
            for number, reference in enumerate(references)
            if (folder / str(number)).exists()
        ]
        if len(values) == len(references):
            found[name] = round(float(np.mean(values)), 4)
    return found


@lru_cache(maxsize=1)
def _exact(file: Path) -> Any:
    return linear_light(file.read_bytes())
