"""Measure whether memory or temporary files grow over 1,000 images in one environment.

`make soak` runs it in the container image and draws docs/pictures/soak.svg.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

from bench import folders
from bench.drawing import plot
from bench.engines import place
from bench.engines.peer import this_project
from bench.folders import RESULTS, SHARED
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.engines.place import Place

MEASURED = RESULTS / "soak.json"
CORPUS = SHARED / "corpus"
IMAGES = 1_000
MAX_BYTES = 400_000  # bytes of a file: everyday images, not bombs
MAX_FILES = 300
MAX_GROWTH_MB = 10
JUST_STARTED_MB = 10
"""A decoder that has not decoded yet has less."""

SIZES = {"sizes": ["150x", "50x50", "x150"]}


def main() -> int:
    """Print and draw the measurement; return 1 if something grew."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    images = parser.parse_args().images
    with place.deployed() as where:
        before = _folders(where)
        files = _everyday_files(where.folder("soak"))
        if not files:
            sys.exit("the corpus of real files is not next to the checkout")
        own, decoder, processes = _measured(where, files, images)
        left = len(_folders(where) - before)
    settled = own[images * 3 // 10]
    text = _text(where, own, decoder, processes)
    print(f"{text}\nFolders left by decoders: {left}.")
    if images == IMAGES:
        where.publish("engine.md", {"soak": text})
        MEASURED.write_text(json.dumps({"function": own, "decoder": decoder}) + "\n")
        draw(own, decoder)
    return int(own[-1] > settled + MAX_GROWTH_MB or left > 0)


def _text(
    where: Place, own: Sequence[float], decoder: Sequence[float], processes: int
) -> str:
    """The sentences about the measurement."""
    images = len(own)
    halves = images // 2 - 1, images - 1  # at these, the process is replaced
    marks = sorted({images // 10, images * 3 // 10, *halves})
    after = ", ".join(f"{decoder[mark - 1]:.0f} MB after {mark}" for mark in marks)
    return (
        f"{where.description} The function's process had {own[images * 3 // 10]:.0f} "
        f"MB\nafter {images * 3 // 10} images and {own[-1]:.0f} MB at the end. "
        f"The decoder's had\n{after}; {processes} decoders served the {images} images."
    )


def _measured(
    where: Place, files: Sequence[Path], images: int
) -> tuple[list[float], list[float], int]:
    """MB of the function and of its decoder after each image; decoders started."""
    own, decoder, processes = [], [], set()
    job: dict[str, Any] = {"document": SIZES, "may_be_rejected": True}
    with this_project(where).running(cores=2) as peer:
        for index in range(images):
            peer.ask(job | {"file": str(files[index % len(files)])})
            mine, its = peer.resident()
            own.append(round(mine, 1))
            decoder.append(round(its, 1))
            processes.update(peer.children())
            terminal.show_progress(index + 1, images)
    return own, decoder, len(processes)


def _everyday_files(folder: Path) -> list[Path]:
    """Copies of the corpus's small files, which programs in the place can read."""
    files = [f for f in sorted(CORPUS.rglob("*")) if f.is_file()]
    small = [f for f in files if f.stat().st_size < MAX_BYTES][:MAX_FILES]
    copies = [folder / str(number) for number in range(len(small))]
    for file, copy in zip(small, copies, strict=True):
        shutil.copyfile(file, copy)
    return copies


def _folders(where: Place) -> set[Path]:
    """The temporary folders of decoders."""
    return set(where.scratch.parent.glob("magick-*"))


def draw(own: Sequence[float], decoder: Sequence[float]) -> None:
    """Update the chart."""
    plot.curves(
        folders.CHARTS / "soak.svg",
        {
            "its decoder": [
                (at, mb) for at, mb in enumerate(decoder) if mb > JUST_STARTED_MB
            ],
            "the function": list(enumerate(own)),
        },
        title=f"{IMAGES:,} images through one warm environment",
        across="images",
        up="Resident memory in MB; lower is better",
    )


if __name__ == "__main__":
    sys.exit(main())
