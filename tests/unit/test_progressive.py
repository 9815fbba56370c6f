"""`progressive`: the same JPEG in several scans, always or where that is smaller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.imaging.codecs import fitting
from resize_on_upload.imaging.codecs.encode import encode
from resize_on_upload.imaging.codecs.quality_search import MAX_ENCODES
from resize_on_upload.imaging.headers import jpeg
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.sandbox.verify import verify
from resize_on_upload.sizes.parser import parse
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.results import ImageResult, Variant

    Make = Callable[[bytes, Any], ImageResult]

PHOTO = images.photo(320, 240)
WIDTHS = (20, 80, 160, 320)


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each encode was progressive."""
    noted: list[bool] = []

    def note(*given: Any, progressive: bool = False, **how: Any) -> bytes:
        noted.append(progressive)
        return encode(*given, progressive=progressive, **how)

    monkeypatch.setattr(fitting, "encode", note)
    return noted


def _variant(make: Make, width: int = 160, **options: object) -> Variant:
    size = {"geometry": f"{width}x", "format": "jpeg", **options}
    result = make(PHOTO, parse(json.dumps({"sizes": [size]})))
    verify(result)
    return result.variants[0]


def _is_progressive(variant: Variant) -> bool:
    return jpeg.read(variant.body, 1).progressive


@pytest.mark.parametrize("value", [True, False])
def test_a_jpeg_is_progressive_if_its_size_says_so(make: Make, *, value: bool) -> None:
    assert _is_progressive(_variant(make, progressive=value)) == value


def test_its_pixels_are_the_same(make: Make) -> None:
    one, other = (_variant(make, progressive=value).body for value in (True, False))
    assert images.difference(one, other, "jpeg") == 0


@pytest.mark.parametrize("fmt", ["png", "webp", "gif", "avif"])
def test_no_other_format_changes(make: Make, fmt: str) -> None:
    size = {"geometry": "160x", "format": fmt}
    documents = (
        {"sizes": [size, "8x"], "progressive": v} for v in (True, "auto", False)
    )
    made = [make(PHOTO, parse(json.dumps(one))).variants[0] for one in documents]
    assert made[0].body == made[1].body == made[2].body


@pytest.mark.parametrize("width", WIDTHS)
def test_auto_is_never_larger(make: Make, width: int) -> None:
    found = _variant(make, width, progressive="auto")
    both = [_variant(make, width, progressive=value).body for value in (False, True)]
    if len(both[0]) < 8_000:
        assert found.body == both[0]
    else:
        assert found.body == min(both, key=len)


def test_auto_is_progressive_where_that_is_smaller(make: Make) -> None:
    assert _is_progressive(_variant(make, 320, progressive="auto", quality=95))
    assert not _is_progressive(_variant(make, 20, progressive="auto"))


def test_auto_encodes_small_ones_once(encodes: list[bool]) -> None:
    _variant(make_variants, 20, progressive="auto")
    assert encodes == [False]
    _variant(make_variants, 320, progressive="auto", quality=95)
    assert encodes == [False, False, True]


@pytest.mark.parametrize("value", [True, "auto"])
@pytest.mark.parametrize("most", [1_000, 9_000, 12_000, 15_000, 100_000])
def test_the_limit_of_bytes_holds_in_six_encodes(
    encodes: list[bool], value: object, most: int
) -> None:
    found = _variant(make_variants, 320, progressive=value, quality=95, maxBytes=most)
    assert len(encodes) <= MAX_ENCODES
    assert (len(found.body) <= most) == (most > 1_000)
    if value is True:
        assert _is_progressive(found)


def test_a_lowered_quality_is_that_of_the_progressive_file(make: Make) -> None:
    options = {"progressive": True, "quality": 95}
    full = len(_variant(make, 320, **options).body)
    found = _variant(make, 320, **options, maxBytes=full * 2 // 3)
    again = _variant(make, 320, progressive=True, quality=found.quality)
    assert found.body == again.body


def test_auto_compares_both_at_the_quality_that_fits(make: Make) -> None:
    most = round(len(_variant(make, 320, quality=95).body) * 0.75)
    found = _variant(make, 320, progressive="auto", quality=95, maxBytes=most)
    both = (
        _variant(make, 320, progressive=value, quality=found.quality).body
        for value in (False, True)
    )
    assert found.body == min(both, key=len)
    assert _is_progressive(found)
