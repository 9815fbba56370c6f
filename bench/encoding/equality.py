"""Compare the default qualities of the formats: bytes, and how good they look.

`make equality` encodes the same reduced photos in the container image at several
qualities, and writes the table into docs/engine.md: by SSIMULACRA2, with which quality
each format looks as good as a JPEG of the default quality.
"""

from __future__ import annotations

import shutil
import sys
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from bench.encoding.encoders import Way
from bench.encoding.quality import chosen_photos
from bench.engines import place
from bench.engines.peer import Peer, likeness, this_project
from resize_on_upload.imaging.codecs.encode import QUALITY
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.engines.place import Place

    Row = dict[tuple[str, int], tuple[float, float]]  # bytes and score

MAX_PHOTOS = 8
WIDTHS = (150, 300, 600)
TRIED = {
    "jpeg": (70, 76, 82, 88),
    "webp": (70, 75, 80, 85, 90),
    "avif": (50, 55, 60, 65, 70, 75),
}
JPEG_OPTIONS = {"jpeg:sampling-factor": "4:2:0"}
WAYS = tuple(
    Way(fmt, str(quality), quality, JPEG_OPTIONS if fmt == "jpeg" else {})
    for fmt, qualities in TRIED.items()
    for quality in qualities
)


def main() -> int:
    """Print the table."""
    files = chosen_photos("equality", __doc__, MAX_PHOTOS)
    found: defaultdict[int, list[Row]] = defaultdict(list)
    with place.deployed() as where:
        for done, (width, row) in enumerate(_measured(where, files), start=1):
            found[width].append(row)
            terminal.show_progress(done, len(files) * len(WIDTHS))
        means = {width: _mean(rows) for width, rows in found.items()}
        table = "\n".join(_lines(means))
        text = f"{where.description} {len(files)} photos.\n\n{table}"
        print(text)
        if len(files) == MAX_PHOTOS:
            where.publish("engine.md", {"equality": text})
    return 0


def _measured(where: Place, files: list[Path]) -> Iterator[tuple[int, Row]]:
    """For each photo and width, the bytes and score of each way."""
    command = (*where.program("encoder"), "start")
    encoder = Peer("encoder", command, where.environment(), where.inside)
    inputs, outs = where.folder("inputs"), where.folder("outs")
    document = {"sizes": [f"{width}x" for width in WIDTHS], "format": "png"}
    job = {"ways": [asdict(way) for way in WAYS]}
    with (
        this_project(where).running() as resizer,
        encoder.running(),
        likeness().running() as judge,
    ):
        for file in files:
            copy = shutil.copyfile(file, inputs / "photo")
            resizer.ask({"file": str(copy), "document": document}, inputs)
            for number, width in enumerate(WIDTHS):
                png = inputs / str(number)
                encoder.ask({"file": str(png), **job}, outs)
                made = [outs / str(way) for way in range(len(WAYS))]
                names = {"file": str(png), "images": [str(one) for one in made]}
                yield width, _row(made, judge.ask(names)["scores"])


def _row(made: list[Path], scores: list[float]) -> Row:
    return {
        (way.format, way.quality): (file.stat().st_size, score)
        for way, file, score in zip(WAYS, made, scores, strict=True)
    }


def _mean(rows: list[Row]) -> Row:
    means = {
        key: np.mean([row[key] for row in rows], axis=0).tolist() for key in rows[0]
    }
    return {key: (count, score) for key, (count, score) in means.items()}


def _lines(means: dict[int, Row]) -> Iterator[str]:
    yield f"| quality | {' | '.join(f'{width} wide' for width in means)} |"
    yield "|---|" + "---|" * len(means)
    for fmt, default in QUALITY.items():
        cells = (_cell(*row[fmt, default]) for row in means.values())
        yield f"| **{name_of(fmt)} {default}**, the default | {' | '.join(cells)} |"
    for fmt in ("webp", "avif"):
        cells = (_equal(row, fmt) for row in means.values())
        yield f"| {name_of(fmt)} as good as the JPEG | {' | '.join(cells)} |"


def name_of(fmt: str) -> str:
    """A format as it is spelled in tables."""
    return {"webp": "WebP"}.get(fmt, fmt.upper())


def _cell(count: float, score: float) -> str:
    return f"{count:,.0f} bytes; {score:.1f}"


def _equal(row: Row, fmt: str) -> str:
    """The quality whose score is that of the JPEG, between those that were tried."""
    _, wanted = row["jpeg", QUALITY["jpeg"]]
    tried = TRIED[fmt]
    scores = [row[fmt, quality][1] for quality in tried]
    if wanted < scores[0]:
        return f"below {tried[0]}"
    if wanted > scores[-1]:
        return f"above {tried[-1]}"
    quality = np.interp(wanted, scores, tried)
    count = np.interp(quality, tried, [row[fmt, one][0] for one in tried])
    return f"{quality:.0f}: {count:,.0f} bytes"


if __name__ == "__main__":
    sys.exit(main())
