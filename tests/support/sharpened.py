"""Sharpen pixels by the C library and by ImageMagick, here or in the container image.

This module is passed to Python as text: inside the container image, only the function's
package can be imported.
"""

from __future__ import annotations

import base64
import ctypes
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.emulator.runtime import Runtime


class Raster(NamedTuple):
    """Pixels of four bytes, red to alpha; alpha is 255 if there is none."""

    width: int
    height: int
    alpha: bool
    values: bytes


def by_c(raster: Raster, sharpen: float) -> bytes:
    """Sharpen as the resampler's results are."""
    from resize_on_upload.imaging.resizing import resample, sharpening

    width, height, alpha, values = raster
    buffer = ctypes.create_string_buffer(values, len(values))
    pixels = resample.Pixels(buffer, width, height, (width, height))
    pixels = pixels.premultiplied() if alpha else pixels
    made = pixels.sharpened(sharpening.gain(sharpen), sharpening.LIMIT)
    return bytes(made.unpremultiplied().raw)


def by_imagemagick(raster: Raster, sharpen: float) -> bytes:
    """Sharpen as ImageMagick's results are."""
    from resize_on_upload.imaging.imagemagick import magick
    from resize_on_upload.imaging.resizing import sharpening

    width, height, alpha, values = raster
    with magick.Image() as image:
        magick.library.MagickConstituteImage(
            image.wand, width, height, b"RGBA", 1, values
        )
        image.alpha_channel = "on" if alpha else "off"
        sharpening.by_imagemagick(image, sharpen)
        return bytes(magick.pixels(image, "RGBA").raw)


def inside(
    image: Runtime, rasters: Mapping[str, Raster], sharpen: float
) -> dict[str, tuple[bytes, bytes]]:
    """What both make of each raster in the container image."""
    sent = {
        name: [*raster[:3], base64.b64encode(raster.values).decode()]
        for name, raster in rasters.items()
    }
    done = subprocess.run(
        # The last two are Lambda's client: -m awslambdaric.
        [*image.command[: image.command.index("-m")], "-c", Path(__file__).read_text()],
        input=json.dumps({"sharpen": sharpen, "rasters": sent}),
        check=False,
        capture_output=True,
        text=True,
        env=image.environment,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return {
        name: (base64.b64decode(one), base64.b64decode(other))
        for name, (one, other) in json.loads(done.stdout).items()
    }


def _serve() -> None:
    request: dict[str, Any] = json.load(sys.stdin)
    sharpen, made = request["sharpen"], {}
    for name, (width, height, alpha, values) in request["rasters"].items():
        raster = Raster(width, height, alpha, base64.b64decode(values))
        both = by_c(raster, sharpen), by_imagemagick(raster, sharpen)
        made[name] = [base64.b64encode(one).decode() for one in both]
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    _serve()
