"""Compare the fidelity of variants with sharp's: SSIM to an exact resize.

The exact one decodes the whole photo and resizes it with Lanczos in linear light, in
floating point. `make quality` installs sharp (pinned), makes this project's variants in
the container image, prints the table and writes it into docs/engine.md.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms, ImageOps
from skimage.metrics import structural_similarity

from bench.engines import place
from bench.engines.peer import this_project
from bench.folders import BENCH, SHARED
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.engines.peer import Peer

PEER = BENCH / "peers" / "sharp_files.js"
QUALITY = 82
SIZES = ("150x", "50x50", "x150")
MIN_SIDE, MAX_PIXELS = 600, 25_000_000  # shorter side, and all pixels, of a photo
THIS = "this project"
FORMATS = ("jpeg", "png")
MAX_PHOTOS = 26


def main() -> int:
    """Print mean and worst SSIM; return 1 if the mean is worse than sharp's."""
    files = chosen_photos("quality", __doc__, MAX_PHOTOS)
    table: dict[str, dict[str, list[float]]] = {}
    with place.deployed() as where, this_project(where).running() as peer:
        folder = where.folder("quality")
        for done, photo in enumerate(files, start=1):
            copy = shutil.copyfile(photo, folder / "photo")
            for fmt in FORMATS:
                _measure(peer, copy, fmt, table)
            terminal.show_progress(done, len(files))
    lines = [f"{where.description} {len(files)} photos.\n", *_lines(table)]
    print("\n".join(lines))
    if len(files) == len(photos()):
        where.publish("engine.md", {"quality": "\n".join(lines)})
    pairs = [(np.mean(row[THIS]), np.mean(row["sharp"])) for row in table.values()]
    return int(any(this < sharp for this, sharp in pairs))


def _lines(table: dict[str, dict[str, list[float]]]) -> Iterator[str]:
    yield "| written as | this project: mean, worst | sharp: mean, worst |"
    yield "|---|---|---|"
    for fmt, engines in table.items():
        cells = [
            f"{np.mean(values):.4f}, {min(values):.4f}" for values in engines.values()
        ]
        yield f"| {fmt.upper()} | {' | '.join(cells)} |"


def _measure(
    peer: Peer, photo: Path, fmt: str, table: dict[str, dict[str, list[float]]]
) -> None:
    document = {"sizes": SIZES, "format": fmt, "quality": QUALITY}
    peer.ask({"file": str(photo), "document": document}, photo.parent)
    bodies = [(photo.parent / str(n)).read_bytes() for n in range(len(SIZES))]
    exact = linear_light(photo.read_bytes())
    rows = table.setdefault(fmt, {THIS: [], "sharp": []})
    sizes = [Image.open(io.BytesIO(body)).size for body in bodies]
    sharps = _sharp(photo, sizes, fmt)
    for size, body, by_sharp in zip(sizes, bodies, sharps, strict=True):
        reference = resized(exact, size)
        rows[THIS].append(similarity(reference, body))
        rows["sharp"].append(similarity(reference, by_sharp))


def chosen_photos(benchmark: str, description: str | None, most: int) -> list[Path]:
    """The photos to measure with: `most` of them, or as many as `--photos` says."""
    parser = argparse.ArgumentParser(prog=f"bench.{benchmark}", description=description)
    parser.add_argument("--photos", type=int, default=most)
    files = photos()[: parser.parse_args().photos]
    if not files:
        sys.exit("no photos in ../shared, next to the checkout")
    return files


def photos() -> list[Path]:
    """All large photos, and 20 of the corpus, without transparency."""
    found = [*sorted((SHARED / "photos").glob("*.[jw]*")), *_corpus_photos()]
    return found[:MAX_PHOTOS]


def _corpus_photos() -> list[Path]:
    photos = []
    for file in sorted((SHARED / "corpus").rglob("*.jp*g")):
        try:
            image = Image.open(file)
            pixels = image.width * image.height
            if (
                image.mode == "RGB"
                and min(image.size) >= MIN_SIDE
                and pixels < MAX_PIXELS
            ):
                image.load()
                photos.append(file)
        except (OSError, SyntaxError, Image.DecompressionBombError):
            continue
    return photos


def _sharp(photo: Path, sizes: list[tuple[int, int]], fmt: str) -> list[bytes]:
    outs = [photo.parent / f"{number}.{fmt}" for number in range(len(sizes))]
    jobs = "\n".join(
        json.dumps(
            {
                "file": str(photo),
                "width": width,
                "height": height,
                "out": str(out),
                "format": fmt,
                "quality": QUALITY,
            }
        )
        for (width, height), out in zip(sizes, outs, strict=True)
    )
    subprocess.run(
        ["node", str(PEER)], input=jobs.encode(), check=True, cwd=PEER.parent
    )
    return [out.read_bytes() for out in outs]


def linear_light(blob: bytes) -> Any:
    """The photo upright, in sRGB's primaries, as floats in linear light."""
    image = Image.open(io.BytesIO(blob))
    profile = image.info.get("icc_profile")
    ImageOps.exif_transpose(image, in_place=True)
    plain: Any = image.convert("RGB")
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        plain = ImageCms.profileToProfile(plain, source, ImageCms.createProfile("sRGB"))
    values = np.asarray(plain, dtype=np.float32) / 255
    return np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    )


def resized(linear: Any, size: tuple[int, int]) -> Any:
    """Resize the exact image; values from 0 to 255."""
    channels = [
        np.asarray(
            Image.fromarray(linear[..., channel].astype(np.float32)).resize(
                size, Image.Resampling.LANCZOS
            )
        )
        for channel in range(3)
    ]
    values = np.clip(np.stack(channels, axis=-1), 0, 1)
    curved = np.where(
        values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055
    )
    return curved * 255


def similarity(reference: Any, body: bytes) -> float:
    """Return the SSIM of an encoded image to the reference."""
    seen = np.asarray(Image.open(io.BytesIO(body)).convert("RGB"), dtype=np.float64)
    return float(
        structural_similarity(reference, seen, channel_axis=2, data_range=255)  # type: ignore[no-untyped-call] # skimage has no types
    )


if __name__ == "__main__":
    sys.exit(main())
