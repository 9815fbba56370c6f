"""Only the pixels and their colours reach the decoder; decoder messages get codes."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.imaging.codecs.decode import decode
from resize_on_upload.imaging.headers import jpeg, png
from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload.imaging.imagemagick.messages import rejection
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.imaging.resizing import resize_plan
from resize_on_upload.sizes.parser import parse
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable

PNG = images.png(20, 10)
JPEG = images.encoded("jpeg", 20, 10)
MODEL = struct.pack(">HHII", 0x0110, 2, 7, 26)  # EXIF's tag of a camera's model
BLOCK = b"MM\0*" + struct.pack(">IH", 8, 1) + MODEL + bytes(4) + b"SECRET\0"


def _png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with these chunks after its header."""
    return PNG[:33] + b"".join(images.chunk(*one) for one in chunks) + PNG[33:]


def _jpeg_with(code: int, body: bytes) -> bytes:
    segment = bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body
    return JPEG[:2] + segment + JPEG[2:]


@pytest.mark.parametrize(
    "blob",
    [
        _png_with((b"tEXt", b"Comment\0SECRET")),
        _png_with((b"zTXt", b"Comment\0\0" + zlib.compress(b"SECRET"))),
        _png_with((b"iTXt", b"Comment\0\0\0\0\0SECRET")),
        _png_with((b"eXIf", BLOCK)),
        _jpeg_with(0xFE, b"SECRET"),
        _jpeg_with(0xE1, b"Exif\0\0" + BLOCK),
        _jpeg_with(0xED, b"Photoshop 3.0\0SECRET"),
    ],
    ids=["tEXt", "zTXt", "iTXt", "eXIf", "COM", "APP1", "APP13"],
)
def test_no_text_reaches_the_decoder(blob: bytes) -> None:
    """It would unpack and format all of it: 190 kB can become 200 MB."""
    header = probe(blob, Limits())
    plan = resize_plan.make((20, 10), 1, parse('{"sizes": ["9x"]}'))
    with decode(blob, header, plan) as decoded:
        (image,) = decoded.frames
        found = [*image.metadata.items(), *image.profiles.items()]
    assert "SECRET" not in str(found)


@pytest.mark.parametrize(("over", "kept"), [(0, True), (1, False)])
def test_a_colour_profile_has_at_most_four_megabytes(over: int, *, kept: bool) -> None:
    """The largest in use have two; a small chunk can unpack to any size."""
    profile = zlib.compress(bytes(4 * 1024 * 1024 + over))
    blob = png.strip_ancillary(_png_with((b"iCCP", b"x\0\0" + profile)))
    assert (b"iCCP" in blob) == kept


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("cache resources exhausted `upload.png' @ error/cache.c/1", "too-many-pixels"),
        ("No IDATs written into file `' @ error/png.c/1", "too-many-pixels"),
        ("width or height exceeds limit `upload.bmp'", "too-many-pixels"),
        ("list length exceeds limit `upload.webp'", "too-many-pixels"),
        ("unable to extend cache `upload': No space left", "too-many-pixels"),
        ("unable to extend pixel cache `upload'", "too-many-pixels"),
        ("memory allocation failed `upload.gif'", "too-many-pixels"),
        ("pixel cache allocation failed `upload.gif'", "too-many-pixels"),
        ("Failed to allocate frame buffers (2.0) `' @ error/heic.c", "too-many-pixels"),
        ("Unable to allocate denoise buffers", "too-many-pixels"),
        ("Memory allocation error: Unspecified (6.0)", "too-many-pixels"),
        (
            "Encoder plugin generated an error: Initialization problem",
            "too-many-pixels",
        ),
        ("Insufficient memory (case 4) `upload.jpeg'", "too-many-pixels"),
        ('Out of memory reading of "StripOffsets"', "too-many-pixels"),
        ("no memory during frame initialization.", "too-many-pixels"),
        ("improper image header `upload.gif'", "corrupt"),
        ("insufficient image data in file `upload.gif'", "corrupt"),
        ("Invalid input: No 'ftyp' box (2.102) `'", "corrupt"),
    ],
)
def test_each_decoder_message_has_a_code(message: str, code: str) -> None:
    assert rejection(message, "image").reason == code


@pytest.mark.parametrize(
    ("strip", "blob", "extra"),
    [
        (png.strip_ancillary, images.png(4, 4), images.chunk(b"tEXt", b"a\0b")),
        (jpeg.strip_ancillary, images.encoded("jpeg", 8, 8), b"\xff\xfe\0\4ab"),
    ],
    ids=["png", "jpeg"],
)
def test_a_file_is_copied_only_if_a_part_is_dropped(
    strip: Callable[[bytes], bytes], blob: bytes, extra: bytes
) -> None:
    """A copy takes as much memory as the upload."""
    bare = strip(blob)
    assert strip(bare) is bare
    at = 33 if blob.startswith(b"\x89") else 2
    assert strip(bare[:at] + extra + bare[at:]) == bare


def test_pixels_without_an_alpha_channel_are_exported_as_opaque() -> None:
    """ImageMagick 6 keeps an alpha in memory that means nothing, or was never set."""
    with magick.Image(width=3, height=2, background="transparent") as image:
        assert magick.pixels(image, "A").raw == bytes(6)
        image.alpha_channel = "deactivate"
        alpha = memoryview(magick.pixels(image, "RGBA")).cast("B")[3::4]
        assert bytes(alpha) == b"\xff" * 6
        assert magick.part(image, (0, 0, 1, 1), "A").raw == b"\xff"
