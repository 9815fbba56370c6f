"""What sharpening adds to the CPU time of a job."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bench.folders import SHARED

if TYPE_CHECKING:
    from bench.features.engine import Engine

PHOTO = "photos/j12_d90.jpg"
SIZES = {
    "the default sizes": ("150x", "50x50", "x150"),
    "1,200 wide": ("1200x",),
}
_ROUNDS = 9


def sentence(engine: Engine) -> str:
    """The CPU time of a 12-megapixel JPEG with sharpening, compared with that without.

    Both are made in turn; the shortest time of each counts.
    """
    photo = shutil.copyfile(SHARED / PHOTO, engine.folder / "photo")
    ratios = []
    for name, sizes in SIZES.items():
        times: dict[int, list[float]] = {0: [], 1: []}
        for _ in range(_ROUNDS):
            for amount, found in times.items():
                job = {
                    "file": str(photo),
                    "document": {"sizes": sizes, "sharpen": amount},
                }
                found.append(engine.peer.ask(job)["cpu"])
        ratios.append(f"{min(times[1]) / min(times[0]):.2f} for {name}")
    return (
        "CPU time of a 12-megapixel JPEG with `1`, compared with `0`: "
        f"{' and '.join(ratios)}."
    )
