"""What a crop shows: by its gravity, or around the focus of an upload."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from resize_on_upload.imaging import pipeline
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.resizing import resample
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.sizes.focus import Focus
from resize_on_upload.sizes.parser import parse
from tests.support import images
from tests.support.decoders_in_image import decoders_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.runtime import Runtime
    from resize_on_upload.imaging.results import ImageResult

    Make = Callable[..., ImageResult]

MEMORY = 1_577 * 1024 * 1024
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


@pytest.fixture(scope="module")
def inside(image: Runtime) -> Iterator[Sandbox]:
    """A decoder in the built container image."""
    with decoders_inside(image, pytest.MonkeyPatch()):
        box = Sandbox(MEMORY, Limits())
        yield box
        box.close()


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
        [one.body for one in make(blob, *sizes, focus=focus).variants]
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
