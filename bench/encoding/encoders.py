"""Compare encoder settings: bytes, similarity, time.

`make encoders` runs the container image's encoders, and prints the table behind the
defaults in imaging/codecs/encode.py.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

from bench.encoding.quality import MAX_PHOTOS, MAX_PIXELS, MIN_SIDE, photos
from bench.engines import place
from bench.engines.peer import Peer, this_project
from bench.folders import SHARED
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.engines.place import Place

    Row = tuple[int, float, float]  # bytes, similarity, milliseconds

SIZES = ("150x", "300x", "600x", "1200x")


@dataclass(frozen=True, slots=True)
class Way:
    """A format with the settings of its encoder; as variants are, if `quality` is 0."""

    format: str
    name: str
    quality: int = 0
    options: dict[str, str] = field(default_factory=dict)
    progressive: bool = False


WAYS = (
    Way("jpeg", "82, 4:2:0", 82, {"jpeg:sampling-factor": "4:2:0"}),
    Way("jpeg", "82, 4:4:4", 82, {"jpeg:sampling-factor": "4:4:4"}),
    Way(
        "jpeg",
        "82, progressive",
        82,
        {"jpeg:sampling-factor": "4:2:0"},
        progressive=True,
    ),
    Way("jpeg", "75, 4:2:0", 75, {"jpeg:sampling-factor": "4:2:0"}),
    Way(
        "jpeg",
        "82, usual tables",
        82,
        {"jpeg:sampling-factor": "4:2:0", "jpeg:optimize-coding": "false"},
    ),
    Way("png", "by content"),
    Way("png", "level 7, filtered", 75),
    Way("png", "level 4, filtered", 45),
    Way("png", "level 9, filtered", 95),
    Way("png", "level 2, filtered", 25),
    Way("png", "run lengths, filtered", 29),
    Way("png", "level 1, unfiltered", 11),
    Way("png", "level 4, unfiltered", 41),
    Way("webp", "80", 80),
    Way("webp", "80, method 6", 80, {"webp:method": "6"}),
    Way("webp", "80, method 2", 80, {"webp:method": "2"}),
    Way("webp", "75", 75),
    Way("avif", "60", 60),
    Way("avif", "50", 50),
    Way("avif", "60, speed 7", 60, {"heic:speed": "7"}),
    Way("avif", "60, speed 8", 60, {"heic:speed": "8"}),
)


def main() -> int:
    """Print one row per setting and size, for photos and for graphics."""
    parser = argparse.ArgumentParser(
        prog="bench.encoding.encoders", description=__doc__
    )
    parser.add_argument("--photos", type=int, default=MAX_PHOTOS)
    most = parser.parse_args().photos
    files = photos()[:most]
    if not files:
        sys.exit("the photos are not next to the checkout")
    graphics = _graphics() if most == MAX_PHOTOS else _graphics()[:most]
    with place.deployed() as where:
        _measure(where, "photos", files, WAYS)
        _measure(where, "graphics", graphics, [w for w in WAYS if w.format == "png"])
    return 0


def _graphics() -> list[Path]:
    """The large PNGs: screenshots, logos, charts, some with transparency."""
    found: dict[bytes, Path] = {}
    for file in (
        *sorted((SHARED / "photos").glob("*.png")),
        *sorted((SHARED / "corpus").rglob("*.png")),
    ):
        try:
            image = Image.open(file)
            if min(image.size) >= MIN_SIDE and image.width * image.height < MAX_PIXELS:
                image.load()
                found.setdefault(file.read_bytes(), file)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            continue
    return list(found.values())


def _measure(
    where: Place, name: str, files: Sequence[Path], ways: Sequence[Way]
) -> None:
    rows: dict[tuple[int, int], list[Row]] = {}
    for done, found in enumerate(_measured(where, files, ways), start=1):
        for key, row in found.items():
            rows.setdefault(key, []).append(row)
        terminal.show_progress(done, len(files))
    print(f"{len(files)} {name}; similarity is SSIM to the encoder's input")
    for (size, number), values in sorted(rows.items()):
        count, alike, ms = (np.mean(column) for column in zip(*values, strict=True))
        way = ways[number]
        print(
            f"{SIZES[size]:>6}  {way.format:<5} {way.name:<22} "
            f"{count:9.0f} bytes  {alike:.4f}  {ms:7.1f} ms"
        )


def _measured(
    where: Place, files: Sequence[Path], ways: Sequence[Way]
) -> Iterator[dict[tuple[int, int], Row]]:
    """For each photo, what every size and way took."""
    command = (*where.program("encoder"), "start")
    encoder = Peer("encoder", command, where.environment(), where.inside)
    inputs, outs = where.folder("inputs"), where.folder("outs")
    with this_project(where).running() as resizer, encoder.running():
        for file in files:
            copy = shutil.copyfile(file, inputs / "photo")
            document = {"sizes": SIZES, "format": "png"}
            resizer.ask({"file": str(copy), "document": document}, inputs)
            yield {
                (size, number): row
                for size in range(len(SIZES))
                for number, row in _tried(encoder, inputs / str(size), ways, outs)
            }


def _tried(
    encoder: Peer, png: Path, ways: Sequence[Way], outs: Path
) -> Iterator[tuple[int, Row]]:
    job = {"file": str(png), "ways": [asdict(way) for way in ways]}
    for number, milliseconds in enumerate(encoder.ask(job, outs)["cpu"]):
        body = (outs / str(number)).read_bytes()
        yield number, (len(body), _alike(png.read_bytes(), body), milliseconds)


def _alike(one: bytes, other: bytes) -> float:
    arrays: list[Any] = [
        np.asarray(Image.open(io.BytesIO(blob)).convert("RGB")) for blob in (one, other)
    ]
    found: Any = structural_similarity(*arrays, channel_axis=2)  # type: ignore[no-untyped-call] # skimage has no types
    return float(found)


if __name__ == "__main__":
    sys.exit(main())
