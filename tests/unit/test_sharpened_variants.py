"""`sharpen` in sizes.json: which variants are sharpened, and what it costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.imaging.formats import sniff
from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.imaging.resizing import resample, resize
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images, sharpened
from tests.support.sharpened import Raster

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.results import Variant

PHOTO = images.noise(200)
SMALL = {"geometry": "40x", "name": "a", "format": "png"}


@pytest.fixture(params=["resampler", "imagemagick"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the C resampler, and without it."""
    if request.param == "imagemagick":
        monkeypatch.setattr(resample, "is_built", lambda: False)
    elif not resample.is_built():
        pytest.skip("the resampler is not built: no C compiler")
    return str(request.param)


def _make(blob: bytes, *sizes: object, **defaults: object) -> list[Variant]:
    document = {"sizes": sizes, **defaults}
    return list(make_variants(blob, parse(json.dumps(document))).variants)


def _pair(blob: bytes, size: dict[str, Any]) -> tuple[bytes, bytes]:
    """A size's bytes without and with sharpening."""
    sharp = {**size, "name": "sharp", "sharpen": 1}
    plain, sharpened = _make(blob, size, sharp)
    return plain.body, sharpened.body


def _raster(blob: bytes, *, alpha: bool = False) -> Raster:
    with magick.Image(blob=blob, format=sniff(blob).name) as image:
        values = magick.pixels(image, "RGBA").raw
        return Raster(image.width, image.height, alpha, values)


def _photo(*arguments: str) -> bytes:
    return imagemagick.run(["png:-", *arguments], PHOTO)


ORIGINALS = {
    "png": PHOTO,
    "png 16 bit": _photo("-depth", "16", "png48:-"),
    "png grey": _photo("-colorspace", "gray", "png:-"),
    "jpeg": _photo("jpeg:-"),
    "jpeg turned": _photo("-orient", "RightTop", "jpeg:-"),
    "webp": _photo("webp:-"),
    "bmp": _photo("bmp:-"),
}


@pytest.mark.parametrize("kind", ORIGINALS)
def test_the_reduced_image_is_sharpened(kind: str, engine: str) -> None:
    """The values follow from those of the plain variant.

    ImageMagick's are rounded to eight bits before they are sharpened.
    """
    plain, sharp = (_raster(body) for body in _pair(ORIGINALS[kind], SMALL))
    expected = sharpened.by_imagemagick(plain, 1)
    apart = [abs(a - b) for a, b in zip(sharp.values, expected, strict=True)]
    assert max(apart) <= (2 if engine == "imagemagick" else 0)
    assert sharp != plain


def test_inks_are_sharpened() -> None:
    """Before they are converted to sRGB: nearly the same as afterwards."""
    cmyk = _photo("-colorspace", "cmyk", "jpeg:-")
    plain, sharp = (_raster(body) for body in _pair(cmyk, SMALL))
    expected = plain._replace(values=sharpened.by_imagemagick(plain, 1))
    assert _apart(sharp, expected) < _apart(sharp, plain) / 2


def _apart(one: Raster, other: Raster) -> float:
    pairs = zip(one.values, other.values, strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(one.values)


def test_transparency_is_sharpened_with_its_colours() -> None:
    source = images.png(200, 200, alpha=True)
    plain, sharp = (_raster(body, alpha=True) for body in _pair(source, SMALL))
    expected = sharpened.by_imagemagick(plain, 1)
    assert sharp != plain
    for at, (one, other) in enumerate(zip(sharp.values, expected, strict=True)):
        assert abs(one - other) * max(sharp.values[at | 3], 1) / 255 <= 3


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_every_frame_of_an_animation_is_sharpened(fmt: str) -> None:
    two = ["-delay", "7", "png:-", "(", "+clone", "-negate", ")", f"{fmt}:-"]
    size = {"geometry": "40x", "name": "a"}
    plain, sharp = _pair(imagemagick.run(two, PHOTO), size)
    assert probe(sharp, Limits()).header.frames == 2
    for index in ("0", "1"):
        one, other = (
            _raster(imagemagick.run(["-[" + index + "]", "png32:-"], body))
            for body in (plain, sharp)
        )
        assert one != other


UNCHANGED = {
    "off": {**SMALL, "name": "sharp", "sharpen": 0},
    "not resized": {"geometry": "100%", "name": "sharp", "sharpen": 2},
    "enlarged": {"geometry": "130%", "name": "sharp", "sharpen": 2},
    "enlarged across": {"geometry": "300x200!", "name": "sharp", "sharpen": 2},
}


@pytest.mark.parametrize("kind", ["png", "jpeg", "png 16 bit"])
@pytest.mark.parametrize("name", UNCHANGED)
def test_what_is_not_reduced_keeps_its_bytes(name: str, kind: str) -> None:
    size = UNCHANGED[name]
    plain = {key: value for key, value in size.items() if key != "sharpen"}
    (sharp,) = _make(ORIGINALS[kind], size)
    (same,) = _make(ORIGINALS[kind], {**plain, "name": "plain"})
    assert sharp.body == same.body


def test_what_is_reduced_in_one_direction_is_sharpened() -> None:
    one, other = _pair(PHOTO, {"geometry": "100x300!", "name": "a", "format": "png"})
    assert one != other


def test_the_placeholder_is_not_sharpened() -> None:
    plain = _make(PHOTO, "40x", manifest=True)
    sharp = _make(PHOTO, "40x", manifest=True, sharpen=2)
    assert [a.body == b.body for a, b in zip(plain, sharp, strict=True)] == [
        False,
        True,
    ]


def test_smaller_sizes_are_made_from_what_is_not_sharpened() -> None:
    tiny = {"geometry": "20x", "name": "tiny", "format": "png"}
    large = {"geometry": "150x", "name": "large", "format": "png"}
    one = _make(PHOTO, tiny, large)[0]
    other = _make(PHOTO, tiny, {**large, "sharpen": 2})[0]
    assert one.body == other.body


def test_sizes_that_differ_in_it_share_decode_and_resize(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = {"read": 0, "resized_to": 0}

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **more: Any) -> Any:
            counts[name] += 1
            return function(*arguments, **more)

        return count

    monkeypatch.setattr(magick, "read", counted("read", magick.read))
    for kind in (resize._ByResampler, resize._ByImageMagick):
        resized = counted("resized_to", kind.resized_to)
        monkeypatch.setattr(kind, "resized_to", resized)
    amounts = [{**SMALL, "name": f"s{n}", "sharpen": n / 2} for n in range(5)]
    gif = imagemagick.run(["png:-", "gif:-"], PHOTO)  # decoded as a whole
    bodies = {variant.body for variant in _make(gif, *amounts)}
    assert len(bodies) == len(amounts)
    assert counts == {"read": 1, "resized_to": 1}


def test_siblings_are_sharpened_as_their_size() -> None:
    formats = ["webp", "png"]
    sizes = [{"geometry": "40x", "name": f"s{n}", "sharpen": n} for n in (0, 1)]
    plain, plain_webp, sharp, sharp_webp = _make(PHOTO, *sizes, formats=formats)
    assert plain.body != sharp.body
    assert plain_webp.body != sharp_webp.body
