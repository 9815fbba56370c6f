"""What a crop shows: by its gravity, or around the focus of an upload."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from resize_on_upload.imaging import pipeline
from resize_on_upload.imaging.imagemagick.magick import Image
from resize_on_upload.imaging.resizing import resample
from resize_on_upload.sizes.focus import Focus
from resize_on_upload.sizes.parser import parse
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.results import ImageResult

    Make = Callable[..., ImageResult]

FOCI = [(0.0, 0.0), (0.3, 0.6), (1.0, 0.5), (0.77, 1.0)]
UPRIGHT = {  # what turns an image to the orientation in which it is stored
    1: None,
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}


@pytest.fixture(
    params=["resampler", "imagemagick", pytest.param("image", marks=pytest.mark.image)]
)
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Make:
    """The image job with the C resampler, without it, and in the container image."""
    if request.param == "imagemagick":
        monkeypatch.setattr(resample, "is_built", lambda: False)
    run: Any = pipeline.make_variants
    if request.param == "image":
        run = request.getfixturevalue("inside").make_variants

    def made(
        blob: bytes, *sizes: object, focus: Focus | None = None, **defaults: object
    ) -> ImageResult:
        parsed = parse(json.dumps({"sizes": sizes, **defaults}))
        found: ImageResult = run(blob, [size.focused_on(focus) for size in parsed])
        return found

    return made


def square(side: int, **more: object) -> dict[str, object]:
    geometry = f"{side}x{side}^"
    return {"geometry": geometry, "name": f"s{side}", "crop": True, **more}


def _map(width: int, height: int) -> Pillow.Image:
    """An image whose pixels say where they are: x in red, y in green."""
    image = Pillow.new("RGB", (width, height))
    image.putdata([(x, y, 0) for y in range(height) for x in range(width)])
    return image


def _png(image: Pillow.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


def _open(body: bytes) -> Pillow.Image:
    return Pillow.open(io.BytesIO(body)).convert("RGB")


def _corner(body: bytes) -> tuple[int, ...]:
    pixel: Any = _open(body).getpixel((0, 0))
    return tuple(pixel[:2])


@pytest.mark.parametrize("focus", FOCI)
@pytest.mark.parametrize(("width", "height"), [(200, 50), (50, 200), (50, 50)])
def test_a_crop_shows_its_focus(
    make: Make, width: int, height: int, focus: tuple[float, float]
) -> None:
    """The pixels are not resized: the crop's first one says where it is."""
    (variant,) = make(
        _png(_map(width, height)), square(50), focus=Focus(*focus)
    ).variants
    assert (variant.width, variant.height) == (50, 50)
    expected = Focus(*focus).crop_at((width, height), (50, 50))
    assert _corner(variant.body) == expected


def test_a_crop_of_a_resized_image_shows_its_focus(make: Make) -> None:
    """A dot at the focus of the original is in the middle of each crop."""
    image = Pillow.new("RGB", (1000, 250))
    image.paste((255, 255, 255), (640, 115, 660, 135))
    sizes = [square(side) for side in (25, 40, 50, 99)]
    for variant in make(_png(image), *sizes, focus=Focus(0.65, 0.5)).variants:
        middle: Any = _open(variant.body).getpixel((variant.width // 2,) * 2)
        assert min(middle) > 200, variant.size.name
        dark: Any = _open(variant.body).getpixel((2, variant.height // 2))
        assert max(dark) < 20


def test_a_crop_at_the_corner_may_be_one_pixel(make: Make) -> None:
    blob = _png(_map(200, 50))
    size = {"geometry": "1x1^", "name": "dot", "crop": True}
    (variant,) = make(blob, size, focus=Focus(1, 1)).variants
    assert (variant.width, variant.height) == (1, 1)
    right, _ = _corner(variant.body)
    assert right > 140


def test_a_focus_overrides_the_gravity(make: Make) -> None:
    blob = _png(_map(200, 50))
    sizes = square(50, gravity="west"), square(50, name="east", gravity="east")
    by_gravity = [_corner(one.body) for one in make(blob, *sizes).variants]
    assert by_gravity == [(0, 0), (150, 0)]
    focused = make(blob, *sizes, focus=Focus(0.5, 0.5)).variants
    assert [_corner(one.body) for one in focused] == [(75, 0), (75, 0)]


def test_only_crops_depend_on_a_focus(make: Make) -> None:
    blob = _png(_map(200, 50))
    sizes = "50x", {"geometry": "50x50^", "name": "cover"}, "50x50"
    plain, focused = (
        [one.body for one in make(blob, *sizes, focus=focus, format="jpeg").variants]
        for focus in (None, Focus(0, 1))
    )
    assert plain == focused


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_orientation_does_not_change_the_crop(make: Make, orientation: int) -> None:
    """The focus is a point of the image as it is displayed."""
    upright = Pillow.open(io.BytesIO(images.encoded("png", 400, 100)))
    turned = UPRIGHT[orientation]
    stored = upright.transpose(turned) if turned is not None else upright
    buffer = io.BytesIO()
    stored.convert("RGB").save(buffer, "jpeg", quality=95, subsampling=0)
    blob = images.exif_orientation(buffer.getvalue(), orientation)
    size = square(50, format="png")
    expected, found = (
        make(one, size, focus=Focus(0.55, 0.5)).variants[0].body
        for one in (_png(upright), blob)
    )
    assert images.corners(found, "png") == tuple(images.CORNERS)
    assert images.difference(expected, found, "png") < 0.04


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_all_frames_of_an_animation_are_cropped_alike(make: Make, fmt: str) -> None:
    """A frame that covers a part of the canvas, too."""
    blob = images.gif((90, 30), ((0, 0, 90, 30), 0), ((60, 0, 30, 30), 0))
    size = square(30, format=fmt)
    (variant,) = make(blob, size, focus=Focus(1, 0)).variants
    frames = [
        frame.convert("RGB").getpixel((15, 15))
        for frame in ImageSequence.Iterator(Pillow.open(io.BytesIO(variant.body)))
    ]
    assert [_nearest(one) for one in frames] == ["red", "green"]
    (other,) = make(blob, size, focus=Focus(0, 0)).variants
    moving = ImageSequence.Iterator(Pillow.open(io.BytesIO(other.body)))
    assert {_nearest(one.convert("RGB").getpixel((15, 15))) for one in moving} == {
        "red"
    }


def _nearest(pixel: Any) -> str:
    return min(
        images.CORNERS,
        key=lambda name: sum(
            abs(a - b) for a, b in zip(images.CORNERS[name], pixel, strict=True)
        ),
    )


def test_siblings_are_cropped_alike(make: Make) -> None:
    blob = images.png(400, 100)
    size = square(100, formats=["avif", "webp", "jpeg"])
    for variant in make(blob, size, focus=Focus(1, 0.5)).variants:
        kind = variant.content_type.removeprefix("image/")
        found = images.corners(variant.body, kind)
        assert found == ("green", "green", "yellow", "yellow")


AUTO = {"gravity": "auto", "format": "png"}


def _with_details(
    width: int, height: int, left: int, top: int, side: int
) -> Pillow.Image:
    """Grey, with a rough red square."""
    image = Pillow.new("RGB", (width, height), (128, 128, 128))
    for y in range(top, top + side, 10):
        for x in range(left, left + side, 10):
            image.paste((220, 30 + (x + y) % 160, 30), (x, y, x + 10, y + 10))
    return image


def _red(body: bytes) -> int:
    """How much of an image is red, in percent."""
    values = _open(body).tobytes()
    pairs = [*zip(values[::3], values[1::3], strict=True)]
    return 100 * sum(red > green + 60 for red, green in pairs) // len(pairs)


@pytest.mark.parametrize("left", [0, 100, 500, 700])
@pytest.mark.parametrize("interlace", [False, True])
def test_auto_finds_the_details(make: Make, left: int, *, interlace: bool) -> None:
    """By rows, and decoded as a whole."""
    image = _with_details(800, 200, left, 50, 100)
    buffer = io.BytesIO()
    kind = {"format": "jpeg", "progressive": True} if interlace else {"format": "png"}
    image.save(buffer, **kind)
    sizes = square(50, **AUTO), square(20, **AUTO), {**square(50), "name": "middle"}
    own, small, middle = make(buffer.getvalue(), *sizes).variants
    assert (own.width, own.height) == (50, 50)
    assert 15 <= _red(own.body) <= 27
    assert 15 <= _red(small.body) <= 30
    assert _red(middle.body) < 15


def test_a_focus_overrides_auto(make: Make) -> None:
    blob = _png(_with_details(800, 200, 700, 50, 100))
    (variant,) = make(blob, square(50, **AUTO), focus=Focus(0, 0)).variants
    assert _red(variant.body) == 0


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_auto_looks_at_the_image_as_displayed(make: Make, orientation: int) -> None:
    upright = _with_details(600, 200, 420, 50, 100)
    turned = UPRIGHT[orientation]
    stored = upright.transpose(turned) if turned is not None else upright
    buffer = io.BytesIO()
    stored.save(buffer, "jpeg", quality=95, subsampling=0)
    blob = images.exif_orientation(buffer.getvalue(), orientation)
    expected, found = (
        make(one, square(50, **AUTO)).variants[0].body for one in (_png(upright), blob)
    )
    assert images.difference(expected, found, "png") < 0.04


def test_a_size_is_cropped_alike_with_others_and_alone(make: Make) -> None:
    """And its neighbours are made as without it."""
    blob = _png(_with_details(640, 200, 80, 50, 100))
    sizes = square(40, **AUTO), "100x", "16x"
    together = [one.body for one in make(blob, *sizes).variants]
    assert make(blob, sizes[0]).variants[0].body == together[0]
    assert [one.body for one in make(blob, *sizes[1:]).variants] == together[1:]


def test_auto_crops_all_frames_as_the_first(make: Make) -> None:
    blob = images.gif((90, 30), ((0, 0, 90, 30), 0), ((60, 0, 30, 30), 0))
    (variant,) = make(blob, square(30, gravity="auto", format="gif")).variants
    frames = ImageSequence.Iterator(Pillow.open(io.BytesIO(variant.body)))
    shown = [_nearest(one.convert("RGB").getpixel((15, 15))) for one in frames]
    assert shown == ["red", "red"]  # plain: around the middle


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (1, 100), (100, 1), (48, 48), (48, 12), (9, 50)]
)
def test_auto_crops_images_of_any_size(make: Make, width: int, height: int) -> None:
    blob = images.png(width, height, alpha=True)
    sizes = square(5, **AUTO), square(60, **AUTO), {"geometry": "48x", "name": "w"}
    made = make(blob, *sizes).variants
    assert [(one.width, one.height) for one in made[:2]] == [(5, 5), (60, 60)]


def test_auto_looks_at_small_images_as_they_are(make: Make) -> None:
    """The image that is looked at has the pixels of the original."""
    blob = _png(_with_details(40, 10, 30, 0, 10))
    (variant,) = make(blob, square(5, **AUTO)).variants
    assert _red(variant.body) > 30  # none in the middle


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA"])
def test_auto_looks_at_any_colours(make: Make, mode: str) -> None:
    image = _with_details(800, 200, 690, 50, 100)
    grey = image.convert("L")
    grey.paste(0, (690, 50, 790, 150))
    buffer = io.BytesIO()
    image = grey if mode == "L" else image.convert(mode)
    image.save(buffer, "png" if mode == "RGBA" else "jpeg", quality=95)
    (variant,) = make(buffer.getvalue(), square(50, **AUTO)).variants
    if mode == "L":
        assert 200 <= sum(_open(variant.body).convert("L").histogram()[:60]) <= 700
    else:
        assert 15 <= _red(variant.body) <= 27


def test_siblings_show_the_same(make: Make) -> None:
    blob = _png(_with_details(400, 100, 300, 0, 100))
    size = square(50, gravity="auto", formats=["avif", "webp", "jpeg"])
    for variant in make(blob, size).variants:
        kind = variant.content_type.removeprefix("image/")
        with Image(blob=variant.body, format=kind) as found:
            found.transform_colorspace("srgb")
            assert found[25, 25].red_int8 > 150
