"""The steps from a decoded frame to a frame of one variant, and their order.

Each step changes the image it is given and begins with its own "nothing to do".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import srgb
from .formats import GIF
from .imagemagick import color_profile, magick, sequence, watermarks
from .resizing import attention, tone_map
from .resizing.resize import COLORSPACES

if TYPE_CHECKING:
    from .output.output import Aim, Output

_OPAQUE_OR_NOT = bytes(128) + b"\xff" * 128
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
_GRAVITIES = {  # Wand's spelling where it differs from ImageMagick's
    "northwest": "north_west",
    "northeast": "north_east",
    "southwest": "south_west",
    "southeast": "south_east",
}


def shape(output: Output) -> object:
    """Equal if the same part of an image is shown: what `crop` depends on."""
    size = output.size
    return (size.geometry.box, output.aim or size.gravity) if size.crop else None


def fill_canvas(image: magick.Image) -> None:
    """Extend a frame that covers a part of its canvas to all of it (GIF, WebP)."""
    canvas, offset = sequence.canvas(image)
    if canvas != image.size or offset != (0, 0):
        image.background_color = magick.Color("transparent")
        image.extent(*canvas, *(-distance for distance in offset))
    image.reset_coords()


def convert_to_rgb(image: magick.Image) -> None:
    """Convert YCbCr and the like to RGB; CMYK is converted later, by its profile."""
    if magick.colorspace(image) in COLORSPACES:
        return
    image.transform_colorspace("srgb")


def apply_orientation(image: magick.Image, output: Output) -> None:
    """Rotate and mirror the pixels as EXIF's orientation asks for.

    Orientation 1 is set, too: a decoder that rotated the pixels itself may have kept
    the orientation they had before.
    """
    image.orientation = _ORIENTATIONS[output.orientation - 1]
    if output.orientation == 1:
        return
    image.auto_orient()
    image.reset_coords()  # the canvas is not rotated with it


def crop(image: magick.Image, output: Output) -> None:
    """Crop what a cover geometry left outside its box."""
    size = output.size
    if not size.crop or size.geometry.box is None:
        return
    box = size.geometry.box
    width, height = min(box[0], image.width), min(box[1], image.height)
    if output.aim:
        left, top = output.aim.crop_at(image.size, (width, height))
        image.crop(left, top, width=width, height=height)
    else:
        gravity = _GRAVITIES.get(size.gravity, size.gravity)
        image.crop(width=width, height=height, gravity=gravity)
    image.reset_coords()


def look(small: magick.Image, output: Output) -> Aim:
    """Find what a crop is to show, in the whole image in a few pixels."""
    apply_orientation(small, output)
    if small.colorspace == "cmyk":
        small.transform_colorspace("srgb")
    channels = "RGBA" if small.alpha_channel else "RGB"
    pixels = magick.pixels(small, channels).raw
    return attention.find(pixels, len(channels), small.width)


def map_tones(image: magick.Image, output: Output) -> None:
    """Turn an HDR image into an SDR one: its values are not those of a screen."""
    if output.hdr:
        tone_map.to_srgb(image, output.hdr)


def convert_to_srgb(image: magick.Image, _: Output) -> None:
    """Convert the colours to sRGB, by the profile that is stripped afterwards."""
    if "icc" in image.profiles:
        try:
            color_profile.convert(image, srgb.PROFILE)
        except magick.WandException:
            # The profile is damaged or made for another colour space: ignore it.
            del image.profiles["icc"]
    if image.colorspace == "cmyk":
        image.transform_colorspace("srgb")


def flatten(image: magick.Image, output: Output) -> None:
    """Put transparent pixels on the background if the format has no transparency."""
    if output.format.alpha or not image.alpha_channel:
        return
    image.background_color = magick.Color(output.size.background)
    image.alpha_channel = "remove"


def draw_watermark(image: magick.Image, output: Output) -> None:
    """Draw the watermark, unless the variant is too narrow for it."""
    watermark = output.size.watermark
    if not watermark or image.width < watermark.min_width:
        return
    watermarks.draw(image, watermark)


def reduce_to_eight_bits(image: magick.Image, _: Output) -> None:
    """No screen shows more, and 16 bits double the size of a PNG."""
    if image.depth <= 8:  # noqa: PLR2004 - bits
        return
    image.depth = 8


def threshold_alpha(image: magick.Image, output: Output) -> None:
    """Make each pixel of a GIF opaque or transparent: it has nothing in between."""
    if output.format is not GIF or not image.alpha_channel:
        return
    alpha = magick.pixels(image, "A").raw
    hard = alpha.translate(_OPAQUE_OR_NOT)
    if hard != alpha:
        magick.replace_alpha(image, hard)


def strip_metadata(image: magick.Image, _: Output) -> None:
    """Remove all metadata: position, serial number, embedded thumbnail, profiles."""
    image.strip()


def restore_credit(image: magick.Image, output: Output) -> None:
    """Put the artist and the copyright back if the size keeps them."""
    if not output.size.copyright or not output.credit:
        return
    image.profiles["exif"] = output.credit


FRAME_STEPS = (
    fill_canvas,
    convert_to_rgb,
)
"""What is done to each decoded frame before it is resized."""

SHAPE_STEPS = (
    apply_orientation,
    crop,
    map_tones,
    convert_to_srgb,
)
"""What is done to each resized frame, once for all sizes of the same shape."""

FORMAT_STEPS = (
    flatten,
    draw_watermark,
    reduce_to_eight_bits,
    threshold_alpha,
    strip_metadata,
    restore_credit,
)
"""What is done to it afterwards, for each size, in this order."""
