"""Compare each engine's results with an exact resize: mean SSIM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.quality import linear_light, resized, similarity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.speed.inputs import Input


def likeness(
    photo: Input, job: Mapping[str, Any], folders: Mapping[str, Path]
) -> dict[str, float]:
    """Return SSIM by engine; none for animations, growing photos, missing results."""
    if photo.job["animated"] or photo.growth:
        return {}
    exact = linear_light(Path(job["file"]).read_bytes())
    references = [resized(exact, size) for size in job["sizes"]]
    found = {}
    for name, folder in folders.items():
        files = [folder / str(number) for number in range(len(references))]
        if all(file.exists() for file in files):
            values = [
                similarity(reference, file.read_bytes())
                for reference, file in zip(references, files, strict=True)
            ]
            found[name] = round(float(np.mean(values)), 4)
        for file in files:
            file.unlink(missing_ok=True)
    return found
