"""`maxBytes`: the best variant that has few enough bytes, and notes where none has."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.imaging.codecs import fitting
from resize_on_upload.imaging.codecs.encode import QUALITY, encode
from resize_on_upload.imaging.codecs.quality_search import MAX_ENCODES, MIN_QUALITY
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.sandbox.verify import verify
from resize_on_upload.sizes.parser import parse
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.results import ImageResult, Variant

    Make = Callable[[bytes, Any], ImageResult]

PHOTO = images.photo(320, 240)
FORMATS = sorted(QUALITY)


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None]]:
    """The format and quality of each encode."""
    noted: list[tuple[str, int | None]] = []

    def note(frames: Any, output: Any, quality: int | None, **more: bool) -> bytes:
        noted.append((output.name, quality))
        return encode(frames, output, quality, **more)

    monkeypatch.setattr(fitting, "encode", note)
    return noted


def _size(**options: object) -> Any:
    return parse(json.dumps({"sizes": [{"geometry": "160x", **options}]}))


def _variant(make: Make, blob: bytes = PHOTO, **options: object) -> Variant:
    result = make(blob, _size(**options))
    verify(result)
    return result.variants[0]


def _of_quality(make: Make, fmt: str, quality: int) -> bytes:
    return _variant(make, format=fmt, quality=quality).body


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("share", [0.95, 0.8, 0.6])
def test_a_variant_has_the_highest_quality_that_fits(
    make: Make, fmt: str, share: float
) -> None:
    """Its bytes are those of that quality: one encode leaves no trace in the next."""
    most = round(len(_variant(make, format=fmt).body) * share)
    found = _variant(make, format=fmt, maxBytes=most)
    assert len(found.body) <= most
    assert not found.exceeds_max_bytes
    assert found.quality is not None
    assert MIN_QUALITY <= found.quality < QUALITY[fmt]
    assert found.body == _of_quality(make, fmt, found.quality)
    # A level or two may be left: six encodes cannot try all.
    assert len(_of_quality(make, fmt, found.quality + 3)) > most


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_variant_that_fits_is_encoded_once(
    encodes: list[tuple[str, int | None]], fmt: str
) -> None:
    plain = _variant(make_variants, format=fmt, quality=70)
    encodes.clear()
    limited = _variant(make_variants, format=fmt, quality=70, maxBytes=len(plain.body))
    assert (limited.body, limited.quality) == (plain.body, None)
    assert encodes == [(fmt, 70)]


@pytest.mark.parametrize("fmt", FORMATS)
def test_six_encodes_are_the_most(
    encodes: list[tuple[str, int | None]], fmt: str
) -> None:
    largest = len(_variant(make_variants, format=fmt).body)
    for most in range(1_000, largest, largest // 9):
        encodes.clear()
        _variant(make_variants, format=fmt, maxBytes=most)
        assert 2 <= len(encodes) <= MAX_ENCODES


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_never_fits_has_the_lowest_quality_and_says_so(
    make: Make, fmt: str
) -> None:
    found = _variant(make, images.noise(160), format=fmt, maxBytes=1_000)
    assert found.exceeds_max_bytes
    assert found.quality == MIN_QUALITY
    assert found.max_bytes_notes == ("quality 20", "more than maxBytes")


@pytest.mark.parametrize("fmt", ["png", "gif"])
def test_a_format_without_quality_is_written_as_it_is_and_says_so(
    make: Make, fmt: str
) -> None:
    found = _variant(make, format=fmt, maxBytes=1_000)
    assert found.body == _variant(make, format=fmt).body
    assert (found.quality, found.exceeds_max_bytes) == (None, True)


@pytest.mark.parametrize("quality", [1, MIN_QUALITY])
def test_a_quality_below_the_lowest_is_kept(make: Make, quality: int) -> None:
    found = _variant(make, format="jpeg", quality=quality, maxBytes=1_000)
    assert found.body == _of_quality(make, "jpeg", quality)
    assert found.quality is None


def test_an_animation_keeps_the_limit_with_all_its_frames(make: Make) -> None:
    moving = _animation()
    most = len(_variant(make, moving, maxBytes=100_000).body) * 3 // 4
    found = _variant(make, moving, maxBytes=most)
    assert not found.exceeds_max_bytes
    assert make(found.body, _size()).source.frames == 3
    # In one encode, all frames have the quality that the search ended with.
    again = _variant(make, moving, quality=found.quality, maxBytes=most)
    assert again.body == found.body


@pytest.mark.parametrize(("most", "times"), [(6, 6), (5, 5), (2, 2), (1, 1), (0, 1)])
def test_many_pixels_are_encoded_less_often(
    monkeypatch: pytest.MonkeyPatch,
    encodes: list[tuple[str, int | None]],
    most: int,
    times: int,
) -> None:
    """Else an upload that took a third of its time would run out of it."""
    monkeypatch.setattr(fitting, "_MAX_ENCODED_PIXELS", {"webp": most * 160 * 120})
    most_bytes = len(_of_quality(make_variants, "webp", 50)) + 1
    encodes.clear()
    found = _variant(make_variants, format="webp", maxBytes=most_bytes)
    assert len(encodes) <= times
    assert found.exceeds_max_bytes == (times == 1)


def test_the_pixels_of_all_frames_count(
    monkeypatch: pytest.MonkeyPatch, encodes: list[tuple[str, int | None]]
) -> None:
    monkeypatch.setattr(fitting, "_MAX_ENCODED_PIXELS", {"webp": 6 * 160 * 120})
    moving = _animation()
    most = len(_variant(make_variants, moving, maxBytes=1_000).body) + 1
    encodes.clear()
    assert not _variant(make_variants, moving, maxBytes=most).exceeds_max_bytes
    assert len(encodes) == 2


def _animation() -> bytes:
    """Three frames of the photo, each lossier than the one before."""
    stills = (_of_quality(make_variants, "webp", quality) for quality in (90, 60, 30))
    return images.webp_animation((160, 120), *stills)


SIBLINGS = {"formats": ["avif", "webp", "jpeg"]}


@pytest.mark.parametrize("most", [1_000, 3_000, 5_000, 8_000, 100_000])
def test_the_limit_holds_for_each_sibling(make: Make, most: int) -> None:
    """None is larger than its fallback, and each keeps the limit if any quality can."""
    own, *others = make(PHOTO, _size(**SIBLINGS, maxBytes=most)).variants
    lowest = len(_of_quality(make, "jpeg", MIN_QUALITY))
    assert own.exceeds_max_bytes == (lowest > most)
    for sibling in others:
        assert len(sibling.body) <= len(own.body)
        if not own.exceeds_max_bytes:
            assert not sibling.exceeds_max_bytes
        own_format = sibling.content_type != own.content_type
        assert own_format or sibling == replace(own, size=sibling.size)


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5])
def test_a_sibling_beats_a_fallback_that_lost_quality(make: Make, share: float) -> None:
    """Both are close to the limit, and chance would decide which is smaller."""
    plain = _variant(make, format="webp", quality=90)
    most = round(len(plain.body) * share)
    options = {"formats": ["webp", "jpeg"], "quality": 90}
    own, sibling = make(PHOTO, _size(**options, maxBytes=most)).variants
    assert own.quality is not None
    assert sibling.content_type == "image/webp"
    assert len(sibling.body) < len(own.body) <= most


def test_a_sibling_loses_no_quality_for_a_fallback_that_lost_none(
    encodes: list[tuple[str, int | None]],
) -> None:
    """It is smaller than that, or is not sent."""
    board = [[(255 * ((x + y) % 2),) * 3 for x in range(160)] for y in range(120)]
    sizes = _size(formats=["webp", "png"], maxBytes=1_000)
    own, sibling = make_variants(images.png_of(board), sizes).variants
    assert not own.exceeds_max_bytes
    assert sibling == replace(own, size=sibling.size)
    assert encodes == [("png", None), ("webp", None)]


def test_a_sibling_alone_is_the_same_as_with_the_others(make: Make) -> None:
    sizes = _size(**SIBLINGS, maxBytes=4_000)
    together = make(PHOTO, sizes).variants
    for size, expected in zip(sizes, together, strict=True):
        assert make(PHOTO, [size]).variants == (expected,)


def test_the_same_original_gives_the_same_bytes(make: Make) -> None:
    sizes = _size(**SIBLINGS, maxBytes=4_000)
    assert make(PHOTO, sizes).variants == make(PHOTO, sizes).variants


def test_the_manifest_s_placeholder_has_no_limit() -> None:
    sizes = parse('{"sizes": ["150x"], "maxBytes": 1000, "manifest": true}')
    assert [size.max_bytes for size in sizes] == [1_000, None]
