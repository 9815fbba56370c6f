"""`lossless`: WebPs that keep every pixel, always or where that is smaller."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageSequence

from resize_on_upload.imaging.codecs import fitting
from resize_on_upload.imaging.codecs.encode import encode, encode_lossless
from resize_on_upload.imaging.codecs.quality_search import MAX_ENCODES
from resize_on_upload.imaging.headers import webp
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.sandbox.verify import verify
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.results import ImageResult, Variant

    Make = Callable[[bytes, Any], ImageResult]

PHOTO = images.photo(160, 120)
# Two colours without a pattern: few bytes without loss, and many with it.
BOARD = images.png_of(
    [[(255 * (x * y % 7 > 2),) * 3 for x in range(160)] for y in range(120)]
)
# Smooth, in few colours: the other way round.
QUARTERS = images.png(320, 240, alpha=True)
ALL = {"board": BOARD, "quarters": QUARTERS, "photo": PHOTO}


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was encoded: a format, or "lossless"."""
    noted: list[str] = []

    def lossy(frames: Any, output: Any, *more: Any, **how: bool) -> bytes:
        noted.append(output.name)
        return encode(frames, output, *more, **how)

    def lossless(frames: Any) -> bytes:
        noted.append("lossless")
        return encode_lossless(frames)

    monkeypatch.setattr(fitting, "encode", lossy)
    monkeypatch.setattr(fitting, "encode_lossless", lossless)
    return noted


def _variant(make: Make, blob: bytes, **options: object) -> Variant:
    size = {"geometry": "160x", "format": "webp", **options}
    result = make(blob, parse(json.dumps({"sizes": [size]})))
    verify(result)
    return result.variants[0]


def _is_lossless(variant: Variant) -> bool:
    return b"VP8L" in variant.body[:48]


def _pixels(body: bytes) -> list[bytes]:
    """The visible pixels of each frame."""
    found = []
    for frame in ImageSequence.Iterator(Image.open(io.BytesIO(body))):
        image = frame.convert("RGBA")
        board = Image.new("RGBA", image.size)
        board.paste(
            image, mask=image.getchannel("A").point(lambda value: 255 * (value > 0))
        )
        found.append(board.tobytes())
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_lossless_variant_has_the_pixels_of_a_png(make: Make, name: str) -> None:
    """Whatever the quality."""
    found = _variant(make, ALL[name], lossless=True, quality=10)
    assert _is_lossless(found)
    assert _pixels(found.body) == _pixels(_variant(make, ALL[name], format="png").body)


def test_it_applies_where_the_original_is_a_webp(make: Make) -> None:
    upload = _variant(make, BOARD).body
    options = {"format": "original", "lossless": True}
    assert _is_lossless(_variant(make, upload, **options))
    plain = _variant(make, BOARD, format="original")
    assert _variant(make, BOARD, **options).body == plain.body


def test_it_applies_to_the_sibling_alone(make: Make) -> None:
    size = {"geometry": "160x", "formats": ["avif", "webp", "png"]}
    plain, lossless = (
        make(
            BOARD, parse(json.dumps({"sizes": [{**size, "lossless": value}]}))
        ).variants
        for value in (False, True)
    )
    assert [_is_lossless(one) for one in lossless] == [False, False, True]
    assert [one.body for one in lossless[:2]] == [one.body for one in plain[:2]]


def test_every_frame_of_an_animation_is_lossless(make: Make) -> None:
    box = (0, 0, 160, 120)
    moving = images.gif((160, 120), (box, 0), (box, 0), (box, 0))
    found = _variant(make, moving, lossless=True)
    assert _pixels(found.body) == _pixels(moving)


def test_one_that_has_too_many_bytes_is_written_and_says_so(make: Make) -> None:
    found = _variant(make, PHOTO, lossless=True, maxBytes=1_000)
    assert _is_lossless(found)
    assert (found.quality, found.exceeds_max_bytes) == (None, True)


@pytest.mark.parametrize("name", ALL)
def test_auto_is_never_larger(make: Make, name: str) -> None:
    """It is the smaller one of both, to the last byte."""
    found = _variant(make, ALL[name], lossless="auto")
    both = [_variant(make, ALL[name], lossless=value).body for value in (True, False)]
    assert found.body == min(both, key=len)
    assert _is_lossless(found) == (name == "board")


def test_auto_tries_no_photo(encodes: list[str]) -> None:
    _variant(make_variants, PHOTO, lossless="auto")
    assert encodes == ["webp"]
    _variant(make_variants, QUARTERS, lossless="auto")
    assert encodes == ["webp", "lossless", "webp"]


def test_auto_tries_nothing_with_many_pixels(
    encodes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "_MAX_LOSSLESS_PIXELS", 160 * 120 - 1)
    _variant(make_variants, BOARD, lossless="auto")
    assert encodes == ["webp"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("most", [1_000, 2_000, 4_000, 10_000])
def test_auto_keeps_the_limit_in_six_encodes(
    encodes: list[str], name: str, most: int
) -> None:
    found = _variant(make_variants, ALL[name], lossless="auto", maxBytes=most)
    assert len(encodes) <= MAX_ENCODES
    encodes.clear()
    lossy = _variant(make_variants, ALL[name], maxBytes=most)
    lossless = _variant(make_variants, ALL[name], lossless=True)
    assert len(found.body) <= max(most, min(len(lossy.body), len(lossless.body)))
    if name != "photo" and len(lossless.body) <= most and lossy.quality:
        assert found.body == lossless.body


def test_a_lossless_file_that_fits_needs_one_lossy_one_to_compare(
    encodes: list[str],
) -> None:
    lossy = len(_variant(make_variants, BOARD).body)
    encodes.clear()
    found = _variant(make_variants, BOARD, lossless="auto", maxBytes=lossy - 1)
    assert _is_lossless(found)
    assert encodes == ["lossless", "webp"]


def test_a_lossless_file_that_does_not_fit_is_one_of_the_six(
    encodes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "_may_be_smaller_lossless", lambda _: True)
    largest = len(_variant(make_variants, PHOTO).body)
    for most in range(1_000, largest, largest // 20):
        encodes.clear()
        _variant(make_variants, PHOTO, lossless="auto", maxBytes=most)
        assert encodes.count("lossless") == 1
        assert len(encodes) <= MAX_ENCODES


@pytest.mark.parametrize("name", ["board", "quarters", "animation"])
def test_a_file_shows_whether_it_lost_anything(make: Make, name: str) -> None:
    """Simple files, those with alpha, and animations differ in their chunks."""
    frames = ["gif:-", "-duplicate", "1", "-negate", "-loop", "0", "gif:-"]
    blob = ALL.get(name) or imagemagick.run(frames, images.encoded("gif", 40, 30))
    for lossless in (True, False):
        body = _variant(make, blob, lossless=lossless).body
        assert webp.is_lossless(body) == lossless
        assert not any(webp.is_lossless(body[:end]) for end in range(16))


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_an_animation_is_the_smaller_one_of_two_files(make: Make, fmt: str) -> None:
    """The lossy one has the quality of `false`, though it is encoded second."""
    arguments = ["png:-", "(", "+clone", "-negate", ")", "-loop", "0", f"{fmt}:-"]
    blob = imagemagick.run(arguments, images.png(160, 120))
    made = [_variant(make, blob, lossless=each).body for each in (True, False, "auto")]
    assert made[2] == min(made[:2], key=len)
