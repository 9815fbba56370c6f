"""The photos of the speed benchmark, one of them in growing sizes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from resize_on_upload.imaging.headers.exif import displayed_size
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.dimensions import dimensions
from resize_on_upload.sizes.geometry import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PHOTOS = Path(__file__).parents[3] / "shared" / "photos"
GROWTH = (1, 2, 4, 8, 16, 32, 49)  # megapixels
MADE = (2, 6)  # megapixels, made from a larger photo, as separate files


@dataclass(frozen=True, slots=True)
class Input:
    """One photo and its job.

    Attributes:
        name: As in the tables.
        width, height: Pixels as people see it.
        job: File, format, and whether it is animated.
        growth: Whether it is one of the growing photos, for the chart.
    """

    name: str
    width: int
    height: int
    job: dict[str, Any]
    growth: bool = False

    def targets(
        self, sizes: Sequence[tuple[int | None, int | None]]
    ) -> list[tuple[int, int]]:
        """Return the pixels of each size."""
        texts = [f"{width or ''}x{height or ''}" for width, height in sizes]
        found = [dimensions(self.width, self.height, parse(text)) for text in texts]
        return list(dict.fromkeys(found))


def photos(folder: Path) -> Iterator[Input]:
    """Return every photo; those that are made are written to `folder`."""
    for file in sorted(PHOTOS.glob("*.*")):
        if file.suffix != ".md":
            yield _read(file, file.stem)
    source = PHOTOS / "j24_mont.jpg"
    if not source.exists():
        return
    with Image.open(source) as photo:
        for million in sorted({*GROWTH, *MADE}):
            scale = (million * 1_000_000 / (photo.width * photo.height)) ** 0.5
            size = round(photo.width * scale), round(photo.height * scale)
            file = folder / f"j{million:02}_made.jpg"
            photo.resize(size, Image.Resampling.LANCZOS).save(file, quality=90)
            if million in MADE:
                yield _read(file, file.stem)
            if million in GROWTH:
                yield _read(file, f"{million} MP", growth=True)


def _read(file: Path, name: str, *, growth: bool = False) -> Input:
    found = probe(file.read_bytes(), Limits(pixels=60_000_000))
    header = found.header
    width, height = displayed_size((header.width, header.height), header.orientation)
    job = {
        "file": str(file),
        "format": found.format.name,
        "animated": header.frames > 1,
    }
    return Input(name, width, height, job, growth)
