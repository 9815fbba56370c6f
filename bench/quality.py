"""Compare the fidelity of variants with sharp's: SSIM to an exact resize.

The exact one decodes the whole photo and resizes it with Lanczos in linear light, in
floating point. `make quality` installs sharp (pinned), measures and prints the table.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms, ImageOps
from skimage.metrics import structural_similarity

from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes.parser import parse
from tools import terminal

if TYPE_CHECKING:
    from resize_on_upload.imaging.results import Variant

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
PEER = Path(__file__).parent / "peers" / "sharp_files.js"
QUALITY = 82
MIN_SIDE, MAX_PIXELS = 600, 25_000_000  # shorter side, and all pixels, of a photo
THIS = "this project"
FORMATS = ("jpeg", "png")
MAX_PHOTOS = 26


def main() -> int:
    """Print mean and worst SSIM; return 1 if the mean is worse than sharp's."""
    files = photos()
    if not files:
        sys.exit("no photos in ../shared, next to the checkout")
    table: dict[str, dict[str, list[float]]] = {}
    with TemporaryDirectory() as folder:
        for done, photo in enumerate(files, start=1):
            for fmt in FORMATS:
                _measure(photo, fmt, Path(folder), table)
            terminal.show_progress(done, len(files))
    print(f"SSIM to an exact resize, {len(files)} photos x 3 sizes, 1 is the best")
    worse = False
    for fmt, engines in table.items():
        for name, values in engines.items():
            mean, worst = np.mean(values), min(values)
            print(f"{fmt:>5}  {name:<14} mean {mean:.4f}  worst {worst:.4f}")
        worse |= np.mean(engines[THIS]) < np.mean(engines["sharp"])
    return int(worse)


def _measure(
    photo: Path,
    fmt: str,
    folder: Path,
    table: dict[str, dict[str, list[float]]],
) -> None:
    blob = photo.read_bytes()
    document = {"sizes": ["150x", "50x50", "x150"], "format": fmt, "quality": QUALITY}
    sizes = parse(json.dumps(document))
    variants = make_variants(blob, sizes).variants
    exact = linear_light(blob)
    rows = table.setdefault(fmt, {THIS: [], "sharp": []})
    for variant, sharps in zip(
        variants, _sharp(photo, variants, fmt, folder), strict=True
    ):
        reference = resized(exact, (variant.width, variant.height))
        rows[THIS].append(similarity(reference, variant.body))
        rows["sharp"].append(similarity(reference, sharps))


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


def _sharp(
    photo: Path, variants: tuple[Variant, ...], fmt: str, folder: Path
) -> list[bytes]:
    outs = [folder / f"{number}.{fmt}" for number in range(len(variants))]
    jobs = "\n".join(
        json.dumps(
            {
                "file": str(photo),
                "width": variant.width,
                "height": variant.height,
                "out": str(out),
                "format": fmt,
                "quality": QUALITY,
            }
        )
        for variant, out in zip(variants, outs, strict=True)
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
