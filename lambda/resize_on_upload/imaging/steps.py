"""The named steps from a decoded picture to one variant, in their order.

Each step changes the picture it is given and begins with its own "nothing to do".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import srgb
from .formats import GIF
from .imagemagick import magick, sequence

if TYPE_CHECKING:
    from ..sizes.size import Size
    from .formats import Format

_COLOURS_WE_RESIZE = {"srgb", "gray", "cmyk"}
_ORIENTATIONS = (  # EXIF's 1 to 8
    "top_left",
    "top_right",
    "bottom_right",
    "bottom_left",
    "left_top",
    "right_top",
    "right_bottom",
    "left_bottom",
)
_GRAVITIES = {  # Wand's spelling where it is not ImageMagick's
    "northwest": "north_west",
    "northeast": "north_east",
    "southwest": "south_west",
    "southeast": "south_east",
}


def whole_canvas(image: magick.Image) -> None:
    """Put a frame that covers a part of its canvas where it belongs (GIF, WebP)."""
    canvas, offset = sequence.canvas(image)
    if canvas != image.size or offset != (0, 0):
        image.background_color = magick.Color("transparent")
        image.extent(*canvas, *(-distance for distance in offset))
    image.reset_coords()


def upright(image: magick.Image, orientation: int) -> None:
    """Turn the pixels as the camera was held; geometries speak of what people see.

    Orientation 1 is told, too: a decoder that turned the pixels itself may still hold
    what EXIF said of them before.
    """
    image.orientation = _ORIENTATIONS[orientation - 1]
    if orientation == 1:
        return
    image.auto_orient()
    image.reset_coords()  # the canvas does not turn with it


def plain_channels(image: magick.Image) -> None:
    """YCbCr and other encodings to RGB; CMYK waits for its profile."""
    if magick.colorspace(image) in _COLOURS_WE_RESIZE:
        return
    image.transform_colorspace("srgb")


def crop(image: magick.Image, size: Size) -> None:
    """Cut what a cover geometry left outside its box."""
    if not size.crop or size.geometry.box is None:
        return
    width, height = size.geometry.box
    image.crop(
        width=min(width, image.width),
        height=min(height, image.height),
        gravity=_GRAVITIES.get(size.gravity, size.gravity),
    )
    image.reset_coords()


def to_srgb(image: magick.Image) -> None:
    """Colours as every screen shows them, before the profile is stripped."""
    if "icc" in image.profiles:
        try:
            magick.convert_to_profile(image, srgb.PROFILE)
        except magick.WandException:
            # Damaged, or of another kind of picture; the numbers are all there is.
            del image.profiles["icc"]
    if image.colorspace == "cmyk":
        image.transform_colorspace("srgb")


def flatten(image: magick.Image, size: Size, output: Format) -> None:
    """Lay transparency on the background where the format cannot hold it."""
    if output.alpha or not image.alpha_channel:
        return
    image.background_color = magick.Color(size.background)
    image.alpha_channel = "remove"


def eight_bits(image: magick.Image) -> None:
    """No screen shows more, and 16 bits double a PNG."""
    if image.depth <= 8:  # noqa: PLR2004 - bits
        return
    image.depth = 8


def one_bit_alpha(image: magick.Image, output: Format) -> None:
    """GIF's transparency: all or nothing."""
    if output is not GIF or not image.alpha_channel:
        return
    image.threshold(0.5, channel="alpha")


def keep_credit(image: magick.Image, size: Size, block: bytes) -> None:
    """Put the artist and the copyright back, where that is asked for."""
    if not size.copyright or not block:
        return
    image.profiles["exif"] = block


def strip(image: magick.Image) -> None:
    """Leave nothing but pixels: no place, no serial number, no older thumbnail."""
    image.strip()
