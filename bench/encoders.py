"""Compare encoder settings: bytes, similarity, time.

`make encoders` prints the table behind the defaults in imaging/codecs/encode.py.
"""

from __future__ import annotations

import io
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow
from skimage.metrics import structural_similarity

from bench.quality import MAX_PIXELS, MIN_SIDE, SHARED, photos
from resize_on_upload.imaging.codecs.encode import encode
from resize_on_upload.imaging.formats import WRITTEN
from resize_on_upload.imaging.imagemagick.magick import Image
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes.parser import parse
from tools import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SIZES = parse('{"sizes": ["150x", "1200x"], "format": "png"}')


@dataclass(frozen=True, slots=True)
class Way:
    """A format with the settings of its encoder; as variants are, if `quality` is 0."""

    fmt: str
    name: str
    quality: int = 0
    options: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Image], None] = lambda _: None


def _progressive(image: Image) -> None:
    from wand.api import library  # noqa: PLC0415 - after the policy

    library.MagickSetInterlaceScheme(image.wand, 5)  # PlaneInterlace


WAYS = (
    Way("jpeg", "82, 4:2:0", 82, {"jpeg:sampling-factor": "4:2:0"}),
    Way("jpeg", "82, 4:4:4", 82, {"jpeg:sampling-factor": "4:4:4"}),
    Way("jpeg", "82, progressive", 82, {"jpeg:sampling-factor": "4:2:0"}, _progressive),
    Way("jpeg", "75, 4:2:0", 75, {"jpeg:sampling-factor": "4:2:0"}),
    Way(
        "jpeg",
        "82, usual tables",
        82,
        {"jpeg:sampling-factor": "4:2:0", "jpeg:optimize-coding": "false"},
    ),
    Way("png", "by content"),
    Way("png", "level 7, filter 5", 75),
    Way("png", "level 4, filter 5", 45),
    Way("png", "level 9, filter 5", 95),
    Way("png", "level 7, filter 0", 70),
    Way("png", "level 2, filter 5", 25),
    Way("png", "run lengths, filter 5", 29),
    Way("png", "level 1, filter 1", 11),
    Way("png", "level 4, filter 1", 41),
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
    files = photos()
    if not files:
        sys.exit("the photos are not next to the checkout")
    _measure("photos", files, WAYS)
    _measure("graphics", _graphics(), [way for way in WAYS if way.fmt == "png"])
    return 0


def _graphics() -> list[Path]:
    """The large PNGs: screenshots, logos, charts, some with transparency."""
    found: dict[bytes, Path] = {}
    for file in (
        *sorted((SHARED / "photos").glob("*.png")),
        *sorted((SHARED / "corpus").rglob("*.png")),
    ):
        try:
            image = Pillow.open(file)
            if min(image.size) >= MIN_SIDE and image.width * image.height < MAX_PIXELS:
                image.load()
                found.setdefault(file.read_bytes(), file)
        except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError):
            continue
    return list(found.values())


def _measure(name: str, files: Sequence[Path], ways: Sequence[Way]) -> None:
    rows: dict[tuple[int, int], list[tuple[int, float, float]]] = {}
    for done, file in enumerate(files, start=1):
        for size, variant in enumerate(
            make_variants(file.read_bytes(), SIZES).variants
        ):
            for number, way in enumerate(ways):
                rows.setdefault((size, number), []).append(_try(variant.body, way))
        terminal.show_progress(done, len(files))
    print(f"{len(files)} {name}; similarity is SSIM to the encoder's input")
    for (size, number), values in sorted(rows.items()):
        count, alike, ms = (np.mean(column) for column in zip(*values, strict=True))
        way = ways[number]
        print(
            f"{SIZES[size].name:>6}  {way.fmt:<5} {way.name:<20} "
            f"{count:9.0f} bytes  {alike:.4f}  {ms:7.1f} ms"
        )


def _try(png: bytes, way: Way) -> tuple[int, float, float]:
    with Image(blob=png, format="png") as image:
        if way.quality:
            image.compression_quality = way.quality
        for key, value in way.options.items():
            image.options[key] = value
        way.prepare(image)
        start = time.process_time()
        body = _encode(image, way)
        milliseconds = (time.process_time() - start) * 1_000
    return len(body), _alike(png, body), milliseconds


def _encode(image: Image, way: Way) -> bytes:
    if not way.quality:
        return encode(image, WRITTEN[way.fmt], None)
    return bytes(image.make_blob(way.fmt))


def _alike(one: bytes, other: bytes) -> float:
    arrays: list[Any] = [
        np.asarray(Pillow.open(io.BytesIO(blob)).convert("RGB"))
        for blob in (one, other)
    ]
    found: Any = structural_similarity(*arrays, channel_axis=2)  # type: ignore[no-untyped-call] # skimage has no types
    return float(found)


if __name__ == "__main__":
    sys.exit(main())
