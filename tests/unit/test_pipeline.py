"""The image job on real files: size, orientation, colours, no private metadata."""

from __future__ import annotations

import json
import struct
import sys
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from resize_on_upload.errors import (
    CorruptImage,
    EmptyObject,
    Rejected,
    ResultTooLarge,
    TooManyFrames,
    TooManyPixels,
    TruncatedImage,
    UnsupportedFormat,
    UnsupportedVariant,
)
from resize_on_upload.imaging import selftest, srgb
from resize_on_upload.imaging.formats import sniff
from resize_on_upload.imaging.imagemagick.magick import IS_6, Image
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.imaging.resizing import resample
from resize_on_upload.imaging.sandbox.verify import verify
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images
from tests.support.shared_files import CORPUS, needs_corpus

if TYPE_CHECKING:
    from pathlib import Path

    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.imaging.sandbox.sandbox import Sandbox


@pytest.fixture(
    params=["resampler", "imagemagick", pytest.param("image", marks=pytest.mark.image)],
    autouse=True,
)
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the C resampler, without it, and in the built container image."""
    if request.param == "imagemagick":
        monkeypatch.setattr(resample, "is_built", lambda: False)
    if request.param == "image":
        box: Sandbox = request.getfixturevalue("inside")

        def inside(blob: bytes, sizes: Any, limits: Limits = Limits()) -> ImageResult:  # noqa: B008 - frozen
            monkeypatch.setattr(box, "_limits", limits)
            return box.make_variants(blob, sizes)

        monkeypatch.setattr(sys.modules[__name__], "make_variants", inside)


def _make(blob: bytes, *sizes: object, **defaults: object) -> ImageResult:
    document = {"sizes": sizes or ["150x", "50x50", "x150"], **defaults}
    return make_variants(blob, parse(json.dumps(document)))


def _only(blob: bytes, size: object, **defaults: object) -> bytes:
    return _make(blob, size, **defaults).variants[0].body


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp", "avif", "gif"])
def test_an_upload_keeps_its_format(fmt: str) -> None:
    """Format and type come from the content; all three sizes are exact."""
    result = _make(images.encoded(fmt, 400, 300))
    assert result.source.format == fmt
    assert [(v.width, v.height) for v in result.variants] == [
        (150, 113),
        (50, 38),
        (200, 150),
    ]
    for variant in result.variants:
        assert variant.content_type == f"image/{fmt}"
        assert sniff(variant.body).name == fmt
        assert images.corners(variant.body, fmt) == tuple(images.CORNERS)


@pytest.mark.parametrize("fmt", ["tiff", "bmp"])
@pytest.mark.parametrize(("alpha", "web"), [(False, "jpeg"), (True, "png")])
def test_formats_that_browsers_do_not_show_become_web_formats(
    fmt: str, web: str, *, alpha: bool
) -> None:
    source = imagemagick.run(["png:-", f"{fmt}:-"], images.png(60, 40, alpha=alpha))
    assert _make(source).variants[0].content_type == f"image/{web}"


def test_heic_is_read_and_written_as_jpeg() -> None:
    """IPhones upload it."""
    assert _make(selftest.HEIC).variants[0].content_type == "image/jpeg"


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp", "avif", "gif"])
def test_a_size_can_set_its_format(fmt: str) -> None:
    body = _only(images.png(40, 40), {"geometry": "20x", "name": "a", "format": fmt})
    assert sniff(body).name == fmt


@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_is_applied_before_the_geometry(value: int) -> None:
    """All eight EXIF orientations give the same as ImageMagick's -auto-orient."""
    blob = images.exif_orientation(images.encoded("jpeg", 120, 80), value)
    result = _make(blob, "60x")
    upright = imagemagick.run(["jpeg:-", "-auto-orient", "png:-"], blob)
    assert (result.source.width, result.source.height) == (
        (120, 80) if value < 5 else (80, 120)
    )
    variant = result.variants[0]
    assert (variant.width, variant.height) == ((60, 40) if value < 5 else (60, 90))
    expected = images.corners(upright, "png")
    assert images.corners(variant.body, "jpeg") == expected


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_an_invalid_orientation_is_ignored(value: int) -> None:
    blob = images.exif_orientation(images.encoded("jpeg", 120, 80), value)
    assert _make(blob, "60x").source.width == 120


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp", "avif", "gif"])
def test_private_metadata_is_removed(fmt: str) -> None:
    """No EXIF, comment or text chunk: no position, no serial number."""
    arguments = ["png:-", "-set", "comment", "SECRET", "-set", "Serial", "SECRET"]
    source = imagemagick.run([*arguments, f"{fmt}:-"], images.png(60, 40))
    if fmt == "jpeg":
        source = images.exif_orientation(source, 6)
    for variant in _make(source).variants:
        assert b"SECRET" not in variant.body
        assert b"Exif" not in variant.body


def _credited(secret: bytes, artist: bytes = b"A. Painter\0") -> bytes:
    """A JPEG whose EXIF names an artist, a copyright and a camera's serial number."""
    texts = [(0x0110, secret), (0x013B, artist), (0x8298, b"(c) 2026 A. P.\0")]
    entries, data, start = b"", b"", 8 + 2 + 12 * len(texts) + 4
    for tag, text in texts:
        entries += struct.pack("<HHII", tag, 2, len(text), start + len(data))
        data += text
    head = b"II*\0" + struct.pack("<IH", 8, len(texts))
    payload = b"Exif\0\0" + head + entries + bytes(4) + data
    segment = b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
    return JPEG[:2] + segment + JPEG[2:]


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp"])
def test_copyright_is_kept_only_if_configured(fmt: str) -> None:
    """The artist and the copyright, but nothing else of the same EXIF block."""
    blob = _credited(b"SERIAL-4711\0")
    size = parse(json.dumps({"sizes": ["50x"], "format": fmt, "copyright": True}))
    result = make_variants(blob, size)
    verify(result)
    body = result.variants[0].body
    assert b"A. Painter" in body
    assert b"(c) 2026 A. P." in body
    assert b"SERIAL" not in body
    assert b"Painter" not in _only(blob, "50x", format=fmt)


def test_a_long_credit_is_truncated() -> None:
    """Otherwise every variant would be larger and would look like a leak."""
    blob = _credited(b"x\0", b"A. Painter " * 2_000 + b"\0")
    result = _make(blob, "50x", copyright=True)
    verify(result)
    assert b"A. Painter" in result.variants[0].body


def test_the_same_upload_gives_the_same_bytes() -> None:
    for fmt in ("jpeg", "png", "webp", "gif"):
        blob = images.encoded(fmt)
        assert _make(blob) == _make(blob), fmt
    cmyk = imagemagick.run(
        ["png:-", "-colorspace", "CMYK", "jpeg:-"], images.png(80, 80)
    )
    assert _make(cmyk, format="gif") == _make(cmyk, format="gif")


def test_transparency_is_kept_or_put_on_the_background() -> None:
    source = images.png(64, 64, alpha=True)
    kept = _only(source, "32x")
    assert imagemagick.run(["png:-", "-format", "%[opaque]", "info:"], kept) in (
        b"False",
        b"false",
    )
    flat = _only(source, "32x", format="jpeg", background="#00ff00")
    with Image(blob=flat, format="jpeg") as image:
        left = image[0, 0]
    assert left.green_int8 > 200
    assert left.red_int8 < 60  # the quarter itself is red


def test_the_default_background_is_white() -> None:
    flat = _only(images.png(64, 64, alpha=True), "32x", format="jpeg")
    with Image(blob=flat, format="jpeg") as image:
        assert min(image[0, 0].red_int8, image[0, 0].blue_int8) > 200


def test_a_transparent_cmyk_image_keeps_both() -> None:
    """Four inks and alpha are five channels, one more than the resampler handles."""
    plain = images.png(64, 64, alpha=True)
    source = imagemagick.run(["png:-", "-colorspace", "CMYK", "tiff:-"], plain)
    assert _difference(_only(source, "32x"), _only(plain, "32x")) < 0.02


def test_a_transparent_cmyk_image_is_sharpened_with_both() -> None:
    size = {"geometry": "32x", "name": "a", "sharpen": 1}
    plain = images.png(64, 64, alpha=True)
    source = imagemagick.run(["png:-", "-colorspace", "CMYK", "tiff:-"], plain)
    assert _only(source, size) != _only(source, "32x")
    assert _difference(_only(source, size), _only(plain, size)) < 0.02


def test_sixteen_bits_become_eight() -> None:
    body = _only(images.heavy(40, 0), "20x")
    assert probe(body, Limits()).header.depth == 8


@pytest.mark.parametrize(
    ("gravity", "colours"),
    [
        ("center", {"red", "green", "blue", "yellow"}),
        ("west", {"red", "blue"}),
        ("east", {"green", "yellow"}),
        ("northwest", {"red", "blue"}),
        ("southeast", {"green", "yellow"}),
    ],
)
def test_a_crop_follows_its_gravity(gravity: str, colours: set[str]) -> None:
    """A 4:1 image cropped to a square."""
    size = {"geometry": "40x40^", "name": "a", "crop": True, "gravity": gravity}
    variant = _make(images.png(320, 80), size).variants[0]
    assert (variant.width, variant.height) == (40, 40)
    assert set(images.corners(variant.body, "png")) == colours


def test_a_small_image_stays_small_if_enlarging_is_off() -> None:
    variants = _make(images.png(20, 10), enlarge=False).variants
    assert {(v.width, v.height) for v in variants} == {(20, 10)}


def test_quality_is_applied() -> None:
    photo = images.encoded("jpeg", 400, 400)
    low, high = (
        _only(photo, {"geometry": "300x", "name": "a", "quality": q}) for q in (10, 95)
    )
    assert len(low) < len(high)


def test_a_frame_that_covers_a_part_of_its_canvas_keeps_its_offset() -> None:
    """A GIF may start with a small frame anywhere on a large canvas."""
    source = imagemagick.run(
        ["png:-", "-repage", "100x80+60+40", "gif:-"], images.png(20, 20)
    )
    result = _make(source, "50x", format="png")
    assert (result.source.width, result.source.height) == (100, 80)
    assert (result.variants[0].width, result.variants[0].height) == (50, 40)
    with Image(blob=result.variants[0].body, format="png") as image:
        opaque = {
            (x, y) for x in range(50) for y in range(40) if image[x, y].alpha > 0.5
        }
    assert opaque == {(x, y) for x in range(30, 40) for y in range(20, 30)}


@pytest.mark.parametrize("geometry", ["1280x>", "100%", "10x", "10x10^"])
@pytest.mark.parametrize("fmt", ["original", "webp", "png"])
@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize(
    ("page", "canvas"), [("20x20+5+8", (25, 28)), ("100x80+90+70", (110, 90))]
)
def test_a_first_frame_partly_outside_its_canvas_extends_it(
    page: str, canvas: tuple[int, int], frames: int, fmt: str, geometry: str
) -> None:
    """As in browsers; also for a size that does not resize the image."""
    copies = ["-duplicate", "1", "-loop", "0"] if frames == 2 else []
    source = imagemagick.run(
        ["png:-", "-repage", page, *copies, "gif:-"], images.png(20, 20)
    )
    size = {"geometry": geometry, "name": "a", "crop": geometry.endswith("^")}
    result = _make(source, size, format=fmt)
    verify(result)
    assert (result.source.width, result.source.height) == canvas


def test_a_later_frame_partly_outside_its_canvas_is_cropped() -> None:
    first = ["png:-", "(", "+clone", "-repage", "20x20+5+8", ")", "-loop", "0"]
    source = imagemagick.run([*first, "gif:-"], images.png(20, 20))
    result = _make(source, {"geometry": "1280x>", "name": "a"})
    verify(result)
    assert (result.source.width, result.source.height) == (20, 20)


def test_a_position_on_paper_is_not_a_canvas() -> None:
    """Fax software writes into a TIFF the position of the image on the sheet."""
    place = ["-density", "72", "-units", "PixelsPerInch", "-repage", "60x40+90+20"]
    source = imagemagick.run(["png:-", *place, "tiff:-"], images.png(60, 40))
    result = _make(source, {"geometry": "1280x>", "name": "a"}, format="gif")
    verify(result)
    assert (result.source.width, result.source.height) == (60, 40)


def _bmp_with(compression: int, inside: bytes) -> bytes:
    """A BMP whose header says 10 x 10 pixels."""
    about = struct.pack(
        "<IiiHHIIiiII", 40, 10, 10, 1, 0, compression, len(inside), *[0] * 4
    )
    return b"BM" + struct.pack("<IHHI", 54 + len(inside), 0, 0, 54) + about + inside


@pytest.mark.parametrize(("fmt", "compression"), [("jpeg", 4), ("png", 5)])
def test_a_bmp_that_wraps_another_format_is_rejected(
    fmt: str, compression: int
) -> None:
    """The limits would be checked on a header that the decoder does not use."""
    blob = _bmp_with(compression, images.encoded(fmt, 120, 80))
    with pytest.raises(UnsupportedVariant, match=f"embedded {fmt.upper()}"):
        _make(blob)


def test_an_image_larger_than_its_header_says_is_rejected() -> None:
    """The limits were checked against the header."""
    blob = images.encoded("avif", 120, 80)
    at = blob.index(b"ispe") + 8
    with pytest.raises(CorruptImage, match=r"60x40|size signaled"):
        _make(blob[:at] + struct.pack(">II", 60, 40) + blob[at + 8 :])


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_a_grey_animation_stays_an_animation(fmt: str) -> None:
    """ImageMagick 6 would write a block with the gamma into each frame."""
    grey = [["(", "-size", "40x40", f"xc:gray({n * 20})", ")"] for n in range(12)]
    source = imagemagick.run(
        ["-delay", "7", *(part for one in grey for part in one), "gif:-"]
    )
    result = _make(source, "20x", format=fmt)
    verify(result)
    found = probe(result.variants[0].body, Limits()).header
    assert (found.frames, found.metadata) == (12, 0)


def test_a_profile_is_converted_not_dropped() -> None:
    """In a space with red and blue exchanged, red values are a blue colour."""
    red, blue = srgb.PRIMARIES[b"rXYZ"], srgb.PRIMARIES[b"bXYZ"]
    exchanged = srgb.profile({**srgb.PRIMARIES, b"rXYZ": blue, b"bXYZ": red})
    plain = images.png(80, 60)
    tag = images.chunk(b"iCCP", b"x\0\0" + zlib.compress(exchanged))
    body = _only(plain[:33] + tag + plain[33:], "40x")
    assert b"iCCP" not in body
    found = images.corners(body, "png")
    assert (found[0], found[1], found[2]) == ("blue", "green", "red")


JPEG = images.encoded("jpeg")
PNG = images.png(80, 60)


def _with_thumbnail(blob: bytes) -> bytes:
    """A JPEG with a thumbnail in its EXIF block, as cameras write it."""
    payload = b"Exif\0\0" + images.encoded("jpeg", 16, 16)
    return (
        blob[:2]
        + b"\xff\xe1"
        + struct.pack(">H", len(payload) + 2)
        + payload
        + blob[2:]
    )


def _deep(blob: bytes) -> bytes:
    """A JPEG whose header says twelve bits per channel."""
    at = blob.index(b"\xff\xc0")
    return blob[: at + 4] + b"\x0c" + blob[at + 5 :]


def _with_palette(index: int) -> bytes:
    """A PNG with two colours whose pixels all have this index."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(6)),
        (b"IDAT", zlib.compress((b"\0" + bytes([index]) * 9) * 9)),
        (b"IEND", b""),
    ]
    return PNG[:8] + b"".join(images.chunk(*one) for one in chunks)


def _packed_bmp(rows: int) -> bytes:
    """A BMP of 8 x 8 pixels that ends after some of its run-length rows."""
    data = b"\x08\x01\0\0" * rows
    header = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 1, len(data), 0, 0, 2, 0)
    start = 14 + len(header) + 8
    file = b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start)
    return file + header + bytes(4) + b"\xff\xff\xff\0" + data


def test_the_undamaged_originals_are_resized() -> None:
    """So the files of the next test are rejected for their damage alone."""
    for blob in (_with_thumbnail(JPEG), _with_palette(1), _packed_bmp(8)):
        assert _make(blob).variants


@pytest.mark.parametrize(
    ("blob", "error", "says"),
    [
        pytest.param(b"", EmptyObject, "no bytes", id="empty"),
        pytest.param(b"hello", UnsupportedFormat, "not a supported", id="text"),
        pytest.param(b"\0" * 5000, UnsupportedFormat, "not a supported", id="zeros"),
        pytest.param(b"%PDF-1.7", UnsupportedFormat, "PDF", id="pdf"),
        pytest.param(b"<svg xmlns='x'/>", UnsupportedFormat, "SVG", id="svg"),
        pytest.param(
            b"\n" + JPEG, UnsupportedFormat, "not a supported", id="newline-jpeg"
        ),
        pytest.param(b"\xff\xd8\xff", CorruptImage, "no frame header", id="soi"),
        pytest.param(JPEG[:-2], TruncatedImage, "ends before", id="jpeg-no-end"),
        pytest.param(
            JPEG[: len(JPEG) // 2], TruncatedImage, "ends before", id="jpeg-half"
        ),
        pytest.param(
            JPEG[: len(JPEG) * 2 // 3] + b"\xff\xd9",
            TruncatedImage,
            "lacks part",
            id="jpeg-data-missing",
        ),
        pytest.param(
            _with_thumbnail(JPEG)[:-20],
            TruncatedImage,
            "ends before",
            id="jpeg-cut-after-its-thumbnail",
        ),
        pytest.param(_deep(JPEG), UnsupportedVariant, "12 bits", id="jpeg-12-bits"),
        pytest.param(
            _with_palette(2), CorruptImage, "cannot be decoded", id="png-no-such-colour"
        ),
        pytest.param(
            _packed_bmp(4), CorruptImage, "cannot be decoded", id="bmp-cut-between-rows"
        ),
        pytest.param(PNG[:-40], TruncatedImage, "ends before", id="png-cut"),
        pytest.param(
            PNG[:40] + b"\0" * 8 + PNG[48:],
            CorruptImage,
            "cannot be decoded",
            id="png-damaged",
        ),
    ],
)
def test_a_file_that_is_not_a_whole_image_is_rejected(
    blob: bytes, error: type[Rejected], says: str
) -> None:
    with pytest.raises(error, match=says):
        _make(blob)


def _animation(fmt: str, frames: int = 6, side: int = 32) -> bytes:
    """An image and its negative in turn, 70 ms each, played three times."""
    arguments = ["-delay", "7", "-loop", "3", "png:-", "(", "+clone", "-negate", ")"]
    more = ["-duplicate", f"{frames // 2 - 1},0-1"] if frames > 2 else []
    return imagemagick.run([*arguments, *more, f"{fmt}:-"], images.png(side, side))


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_an_animation_stays_animated(fmt: str) -> None:
    """Frames, timing and loops are kept; every frame has the new size."""
    result = _make(_animation(fmt), "16x")
    assert result.source.frames == 6
    body = result.variants[0].body
    assert probe(body, Limits()).header.frames == 6
    arguments = ["-", "-coalesce", "-format", "%T %wx%h;", "info:"]
    assert imagemagick.run(arguments, body).decode() == "7 16x16;" * 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("fmt", ["gif", "png", "webp"])
def test_a_rotated_photo_has_no_larger_canvas(orientation: int, fmt: str) -> None:
    blob = images.exif_orientation(images.encoded("jpeg", 90, 60), orientation)
    result = _make(blob, "30x", format=fmt)
    verify(result)
    assert result.variants[0].height == (20 if orientation < 5 else 45)


@pytest.mark.parametrize("background", ["blue", "none", "hole"])
def test_every_frame_shows_the_same_as_before(background: str) -> None:
    """Frames contain only what changed; when played, each shows the whole image.

    A square that moves on a transparent background leaves pixels to be cleared. A hole
    of one pixel in every other frame disappears in the smaller size.
    """
    hole = ["-region", "1x1+60+40", "-alpha", "transparent", "+region"]
    holes = [hole if background == "hole" and n % 2 else [] for n in range(4)]
    background = background.replace("hole", "blue")
    canvas = ["-size", "64x48", f"xc:{background}", "-fill", "red", "-draw"]
    squares = [f"rectangle {x},9 {x + 12},30" for x in (4, 4, 20, 36)]
    draw = [
        step
        for each, hole in zip(squares, holes, strict=True)
        for step in ("(", *canvas, each, "-alpha", "set", *hole, ")")
    ]
    blob = imagemagick.run(
        ["-delay", "7", "-dispose", "Background", *draw, "gif:-"], b""
    )
    body = _only(blob, "32x")
    assert probe(body, Limits()).header.frames == 4
    flat = ["-coalesce", "-background", "white", "-alpha", "remove"]
    shown = imagemagick.run(["gif:-", *flat, "-append", "-depth", "8", "rgb:-"], body)
    wanted = ["gif:-", *flat, "-filter", "Lanczos", "-resize", "32x", "-append"]
    exact = imagemagick.run([*wanted, "-depth", "8", "rgb:-"], blob)
    assert len(shown) == len(exact) == 4 * 32 * 24 * 3
    for start in range(0, len(shown), 32 * 24 * 3):
        frames = shown[start : start + 2304], exact[start : start + 2304]
        apart = [abs(a - b) for a, b in zip(*frames, strict=True)]
        assert sum(apart) / len(apart) < 6


FULL, PART, SPOT = (0, 0, 80, 40), (20, 10, 40, 20), (30, 15, 10, 10)
AS_IS = {"geometry": "100%", "name": "a"}


@pytest.mark.parametrize(
    ("fmt", "first", "disposal", "shown"),
    [
        ("gif", PART, 1, [".rr", ".rg"]),
        *(("gif", FULL, *rest) for rest in [(1, ["rrr", "rrg"]), (2, ["rrr", "..g"])]),
        *((fmt, FULL, 3, ["rrr", "..g"]) for fmt in ("gif", "webp")),
    ],
)
def test_pixels_covered_by_no_frame_are_transparent(
    fmt: str, first: tuple[int, int, int, int], disposal: int, shown: list[str]
) -> None:
    """As in browsers, whatever background colour the file sets."""
    animation = images.gif((80, 40), (first, disposal), (SPOT, 1))
    assert _seen(_only(animation, AS_IS, format=fmt), fmt) == shown


def test_a_still_size_is_the_same_next_to_an_animation() -> None:
    animation = images.gif((80, 40), (PART, 1), (SPOT, 1))
    png, gif = ({**AS_IS, "name": fmt, "format": fmt} for fmt in ("png", "gif"))
    for sizes in ([png], [png, gif]):
        still = _make(animation, *sizes).variants[0].body
        assert _seen(still, "png") == [".rr"]


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_a_frame_that_is_not_blended_replaces_the_one_before(
    fmt: str, request: pytest.FixtureRequest
) -> None:
    if IS_6 and request.node.callspec.params["_engine"] != "image":
        pytest.skip("ImageMagick 6 does not support WebP's blending")
    first = Pillow.new("RGB", (80, 40), images.CORNERS["red"])
    second = Pillow.new("RGBA", (80, 40))
    second.paste(images.CORNERS["green"], (30, 15, 40, 25))
    stills = [BytesIO(), BytesIO()]
    for still, file in zip((first, second), stills, strict=True):
        still.save(file, "WEBP", lossless=True)
    animation = images.webp_animation((80, 40), *(file.getvalue() for file in stills))
    assert _seen(_only(animation, AS_IS, format=fmt), fmt) == ["rrr", "..g"]


def _seen(animation: bytes, fmt: str) -> list[str]:
    """Three pixels of each frame: outside of `PART`, in it, in `SPOT`."""
    if fmt == "gif":  # Pillow clears to a background colour that browsers ignore
        arguments = ["gif:-", "-alpha", "set", "-coalesce", "-depth", "8", "rgba:-"]
        shown = imagemagick.run(arguments, animation)
        size = 80 * 40 * 4
        frames = [shown[at : at + size] for at in range(0, len(shown), size)]
    else:
        with Pillow.open(BytesIO(animation)) as opened:
            each = ImageSequence.Iterator(opened)
            frames = [frame.convert("RGBA").tobytes() for frame in each]
    at = [4 * (80 * y + x) for x, y in ((2, 2), (22, 12), (35, 20))]
    return ["".join(_name(frame[one : one + 4]) for one in at) for frame in frames]


def _name(pixel: bytes) -> str:
    red, green, _, alpha = pixel
    if alpha == 0:
        return "."
    return "r" if red > 2 * green else "g" if green > 2 * red else "?"


def test_loops_are_kept() -> None:
    """The NETSCAPE2.0 block, which has the number of loops, stays the same."""
    animation = _animation("gif")
    at = animation.index(b"NETSCAPE2.0")
    assert animation[at : at + 16] in _only(animation, "16x")


def test_an_animation_becomes_its_first_frame_in_a_still_format() -> None:
    still = _only(_animation("gif"), "32x", format="png")
    assert images.corners(still, "png") == tuple(images.CORNERS)


@pytest.mark.parametrize("choice", ["first", "keep-or-first"])
def test_a_long_animation_may_become_its_first_frame(choice: str) -> None:
    sizes = parse(json.dumps({"sizes": ["16x"], "animation": choice}))
    result = make_variants(_animation("gif"), sizes, Limits(frames=4))
    assert probe(result.variants[0].body, Limits()).header.frames == 1


@pytest.mark.parametrize("fmt", ["webp", "gif"])
@pytest.mark.parametrize(
    "options",
    [{"animation": "first"}, {"animation": "keep-or-first"}, {"format": "png"}],
)
def test_an_animation_of_any_length_has_a_first_frame(
    fmt: str, options: dict[str, str]
) -> None:
    """ImageMagick's WebP decoder reads all frames and refuses more than 512."""
    if fmt == "webp":
        stills = images.encoded("webp", 16, 16), images.encoded("webp", 8, 8)
        animation = images.webp_animation((16, 16), stills[0], *[stills[1]] * 599)
    else:
        animation = images.gif((16, 16), *[((0, 0, 16, 16), 1)] * 600)
    result = _make(animation, AS_IS, **options)
    assert result.source.frames == 301
    assert probe(result.variants[0].body, Limits()).header.frames == 1


@pytest.mark.parametrize("limits", [Limits(frames=5), Limits(pixels=32 * 32 * 6 - 1)])
def test_an_animation_over_the_limits_is_rejected(limits: Limits) -> None:
    with pytest.raises(TooManyFrames, match="keep-or-first"):
        make_variants(_animation("gif"), parse('{"sizes": ["16x"]}'), limits)


def test_an_image_larger_than_the_limits_is_rejected() -> None:
    """40,000 x 40,000 pixels in a few bytes."""
    header = PNG[:16] + (40_000).to_bytes(4) * 2 + PNG[24:29]
    bomb = PNG[:8] + images.chunk(b"IHDR", header[16:]) + PNG[33:]
    with pytest.raises(TooManyPixels, match="40000x40000"):
        _make(bomb)


def test_a_result_of_more_pixels_than_memory_is_rejected() -> None:
    with pytest.raises(ResultTooLarge, match="50000000 in total"):
        _make(images.png(20, 20), "9000x")


@pytest.mark.parametrize("geometry", ["100%", "900x900<"])
def test_an_original_longer_than_the_limit_may_keep_its_size(geometry: str) -> None:
    """The limit applies to what is resized."""
    result = _make(images.png(20_000, 2), {"geometry": geometry, "name": "a"})
    verify(result)
    assert result.variants[0].width == 20_000


def test_a_webp_that_is_not_resized_has_a_maximum_side() -> None:
    """Other formats allow more; cropped pixels do not count."""
    long = images.png(20_000, 20)
    with pytest.raises(ResultTooLarge, match=r"20000x20 pixels; at most 16383 .* webp"):
        _make(long, {"geometry": "x200>", "name": "a"}, format="webp")
    crop = {"geometry": "20x20^", "name": "a", "crop": True}
    verify(_make(long, crop, format="webp"))
    verify(_make(long, AS_IS, format="jpeg"))


def test_a_result_longer_than_any_format_allows_is_rejected() -> None:
    with pytest.raises(ResultTooLarge, match="150x300000 pixels"):
        _make(images.png(1, 2000))


@needs_corpus
@pytest.mark.parametrize(
    "file",
    sorted(CORPUS.glob("recurser__exif-orientation-examples/*.jpg")),
    ids=lambda file: file.stem,
)
def test_real_phone_photos_become_upright(file: Path) -> None:
    """Landscape_1 to _8 show the same scene: their pixels become those of the first."""
    first = file.with_name(f"{file.stem.split('_')[0]}_1.jpg")
    sizes = {"geometry": "64x64!", "name": "a"}
    body = _only(file.read_bytes(), sizes, format="png")
    reference = _only(first.read_bytes(), sizes, format="png")
    assert _difference(body, reference) < 0.05


def _difference(one: bytes, other: bytes) -> float:
    """Root mean square, 0 to 1."""
    with (
        Image(blob=one, format="png") as a,
        Image(blob=other, format="png") as b,
    ):
        return float(a.compare(b, metric="root_mean_square")[1])


def test_the_self_test_passes() -> None:
    """It is the last step of the container image's build; it passes here, too."""
    assert [result for result in selftest.run_all(strict=False) if result.problem] == []
