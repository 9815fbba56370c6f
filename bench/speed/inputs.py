"""The photos of the speed benchmark, one of them in growing sizes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from bench.folders import SHARED
from bench.speed import targets
from resize_on_upload.imaging.headers.exif import displayed_size
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.dimensions import dimensions
from resize_on_upload.sizes.geometry import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PHOTOS = {  # next to the checkout
    "photos/j08_rot6.jpg": targets.MEDIUM,
    "photos/j12_d90.jpg": targets.LARGE,
    "photos/j12_prog.jpg": targets.PROGRESSIVE,
    "photos/j24_mont.jpg": targets.LARGE,
    "photos/p03_alpha.png": targets.PNG_PHOTO,
    "photos/p05_shot.png": targets.PNG_SCREEN,
    "photos/w12_lossy.webp": targets.WEBP,
    "photos/g30_squares.gif": targets.GIF,
    "phones/heic_issue_263_dotnet.heic": targets.HEIC,
}
SOURCE = SHARED / "photos" / "j24_mont.jpg"
GROWTH = "growth"
GROWN = (1, 2, 4, 8, 16, 32, 48)  # megapixels
QUICK_PNG = {"compress_level": 1}
MADE: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
    # name, kind, megapixels, how it is saved
    ("j02_made.jpg", targets.SMALL, 2, {"quality": 90}),
    ("j04_made.jpg", targets.SMALL, 4, {"quality": 90}),
    ("j06_made.jpg", targets.MEDIUM, 6, {"quality": 90}),
    ("j48_made.jpg", targets.LARGE, 48, {"quality": 90}),
    ("p06_made.png", targets.PNG_PHOTO, 6, QUICK_PNG),
    ("a04_made.avif", targets.AVIF, 4, {"quality": 70, "speed": 9}),
    ("j49_made.jpg", targets.HUGE["JPEG"], 49, {"quality": 90}),
    ("p49_made.png", targets.HUGE["PNG"], 49, QUICK_PNG),
    ("w49_made.webp", targets.HUGE["WebP"], 49, {"quality": 80, "method": 0}),
    ("t49_made.tif", targets.HUGE["TIFF"], 49, {"compression": "tiff_lzw"}),
    *((f"{n} MP.jpg", GROWTH, n, {"quality": 90}) for n in GROWN),
)
_WEB = ("jpeg", "png", "webp", "gif")


@dataclass(frozen=True, slots=True)
class Input:
    """One photo and its job.

    Attributes:
        name: As in the tables.
        kind: Of image, for the targets; `growth`: for the charts only.
        width, height: Pixels as people see it.
        format: Of the file.
        job: File, format to write, and whether it is animated.
    """

    name: str
    kind: str
    width: int
    height: int
    format: str
    job: dict[str, Any]

    @property
    def is_made(self) -> bool:
        """Whether the benchmark made it."""
        return self.name.endswith(("_made", "MP"))

    def targets(
        self, sizes: Sequence[tuple[int | None, int | None]]
    ) -> list[tuple[int, int]]:
        """Return the pixels of each size."""
        texts = [f"{width or ''}x{height or ''}" for width, height in sizes]
        found = [dimensions(self.width, self.height, parse(text)) for text in texts]
        return list(dict.fromkeys(found))


def photos(folder: Path, only: str = "") -> Iterator[Input]:
    """Return the photos with `only` in their name; their files are in `folder`."""
    for name, kind in PHOTOS.items():
        file = folder / Path(name).name
        if only in file.stem and (SHARED / name).exists():
            shutil.copyfile(SHARED / name, file)
            yield _read(file, kind)
    wanted = [made for made in MADE if only in Path(made[0]).stem]
    if not (wanted and SOURCE.exists()):
        return
    with Image.open(SOURCE) as photo:
        for name, kind, million, options in wanted:
            scale = (million * 1_000_000 / (photo.width * photo.height)) ** 0.5
            size = round(photo.width * scale), round(photo.height * scale)
            photo.resize(size, Image.Resampling.BICUBIC).save(folder / name, **options)
            yield _read(folder / name, kind)


def _read(file: Path, kind: str) -> Input:
    found = probe(file.read_bytes(), Limits(pixels=60_000_000))
    header, name = found.header, found.format.name
    width, height = displayed_size((header.width, header.height), header.orientation)
    job = {
        "file": str(file),
        "format": name if name in _WEB else "jpeg",
        "animated": header.frames > 1,
    }
    return Input(file.stem, kind, width, height, name, job)
