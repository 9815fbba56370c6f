"""Colours compared with another library: Pillow with LittleCMS, in ΔE2000."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps
from skimage.color import deltaE_ciede2000, rgb2lab

from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

PILLOW = "python-pillow__Pillow/Tests/images"
AVIF = "AOMediaCodec__libavif/tests/data"
WILLOW = "wagtail__Willow/tests/images"
FILES = {
    "display-p3": f"{AVIF}/apple_gainmap_new.jpg",
    "display-p3-small": f"{PILLOW}/frame_size.mpo",
    "p3-with-srgb-curve": f"{AVIF}/paris_exif_xmp_icc_gainmap_bigendian.jpg",
    "adobe-rgb-with-alpha": f"{WILLOW}/transparent_with_icc_profile.png",
    "eci-rgb": f"{WILLOW}/colorchecker_ECI_RGB_v2.jpg",
    "colormatch-with-alpha": f"{PILLOW}/xmp_tags_orientation.png",
    "generic-rgb": "image-rs__image/tests/images/jpg/portrait_2.jpg",
    "srgb-profile": "image-rs__image/tests/images/jpg/progressive/cat.jpg",
    "16-bit": "libjpeg-turbo__libjpeg-turbo/testimages/monkey16.png",
}
CMYK = Path("/usr/share/color/icc/ghostscript/default_cmyk.icc")
SIZES = parse('{"sizes": [{"geometry": "150x150>", "name": "a", "format": "png"}]}')


def _reference(blob: bytes, size: tuple[int, int]) -> Image.Image:
    """Converted at full size, then resized; transparent pixels on white."""
    image: Image.Image = Image.open(io.BytesIO(blob))
    if "exif" in image.info:  # Pillow would use XMP, too; browsers do not
        ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype("uint8"))
    profile = image.info.get("icc_profile")
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    colours: Any = image if image.mode in ("CMYK", "L") else image.convert("RGB")
    if profile:
        colours = ImageCms.profileToProfile(
            colours,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return _on_white(colours.resize(size, Image.Resampling.LANCZOS))


def _on_white(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _difference(sandbox: Sandbox, blob: bytes) -> tuple[float, float]:
    """Mean and largest ΔE2000 of the variant against the reference."""
    body = sandbox.make_variants(blob, SIZES).variants[0].body
    variant = _on_white(Image.open(io.BytesIO(body)))
    reference = _reference(blob, variant.size)
    labs = [rgb2lab(np.asarray(image)) for image in (variant, reference)]
    found: Any = deltaE_ciede2000(*labs)  # type: ignore[no-untyped-call] # skimage has no types
    return float(found.mean()), float(found.max())


def _sources() -> dict[str, bytes | str]:
    return {
        **FILES,
        "grey": imagemagick.run(
            ["png:-", "-colorspace", "Gray", "jpeg:-"], images.png(300, 200)
        ),
        "plain": images.encoded("jpeg", 300, 200),
    }


@pytest.mark.parametrize("name", [*FILES, "grey", "plain", "cmyk-with-profile"])
def test_colours_match_another_library(
    name: str, sandbox: Sandbox, corpus: Path, print_at_end: Callable[[str], None]
) -> None:
    """A mean ΔE2000 below 1.5 is not visible."""
    if name == "cmyk-with-profile":
        blob = _cmyk()
    else:
        source = _sources()[name]
        blob = source if isinstance(source, bytes) else (corpus / source).read_bytes()
    mean, largest = _difference(sandbox, blob)
    print_at_end(f"  colour of {name:<24} mean {mean:5.2f}  max {largest:5.1f}")
    assert mean < 1.5


def _cmyk() -> bytes:
    if not CMYK.exists():
        pytest.skip("no CMYK profile is installed: apt-get install libgs9-common")
    image = Image.open(io.BytesIO(images.png(300, 200)))
    inks: Any = ImageCms.profileToProfile(
        image,
        ImageCms.createProfile("sRGB"),
        ImageCms.ImageCmsProfile(str(CMYK)),
        outputMode="CMYK",
    )
    file = io.BytesIO()
    inks.save(file, "JPEG", quality=95, icc_profile=CMYK.read_bytes())
    return file.getvalue()


def test_no_fringe_at_the_edge_of_transparency(sandbox: Sandbox) -> None:
    """Red next to transparent black: half transparent pixels are still red."""
    pixels = np.zeros((200, 200, 4), "uint8")
    pixels[:, :100] = (255, 0, 0, 255)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    (variant,) = sandbox.make_variants(
        file.getvalue(), parse('{"sizes": ["33x"]}')
    ).variants
    seen = np.asarray(Image.open(io.BytesIO(variant.body)).convert("RGBA")).astype(int)
    half = seen[(seen[..., 3] > 10) & (seen[..., 3] < 250)]
    assert len(half)
    assert half[:, 0].min() >= 250
    assert half[:, 1:3].max() <= 5
