"""A size in several formats: what each sibling holds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.imaging import steps
from resize_on_upload.imaging.codecs import encode, fitting
from resize_on_upload.imaging.output import siblings
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.results import SourceInfo
from resize_on_upload.imaging.sandbox.verify import verify
from resize_on_upload.sizes.parser import parse
from tests.support import images

if TYPE_CHECKING:
    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.sizes.size import Size

MODERN = ["avif", "webp"]


def _sizes(fallback: str = "original", **options: object) -> tuple[Size, ...]:
    entry = {"geometry": "60x", "formats": [*MODERN, fallback], **options}
    return parse(json.dumps({"sizes": [entry]}))


def _types(blob: bytes, fallback: str = "original", **options: object) -> list[str]:
    return _listed(make_variants(blob, _sizes(fallback, **options)))


def _listed(result: ImageResult) -> list[str]:
    verify(result)
    return [one.content_type.removeprefix("image/") for one in result.variants]


(WEBP,) = parse('{"sizes": [{"geometry": "60x", "format": "webp"}]}')
PHOTO = images.encoded("jpeg", 400, 300)
NOISE = images.noise(120)


@pytest.mark.parametrize("fallback", ["original", "jpeg", "png", "gif"])
def test_a_sibling_that_is_smaller_has_its_own_format(fallback: str) -> None:
    blob = images.png(300, 300, alpha=True)
    result = make_variants(blob, _sizes(fallback, quality=30))
    own, *others = result.variants
    for sibling, fmt in zip(others, MODERN, strict=True):
        smaller = len(sibling.body) < len(own.body)
        assert (sibling.content_type == f"image/{fmt}") == smaller
        assert smaller or sibling == replace(own, size=sibling.size)


def test_a_sibling_that_is_not_smaller_holds_its_fallback() -> None:
    """A tiny image is mostly header, and AVIF's is the largest."""
    tiny = _sizes(geometry="4x", name="60x")
    own, avif, webp = make_variants(images.encoded("gif", 4, 4), tiny).variants
    assert avif == replace(own, size=avif.size)
    assert webp.content_type in {own.content_type, "image/webp"}
    assert len(webp.body) <= len(own.body)


@pytest.mark.parametrize("fallback", ["original", "gif"])
def test_an_animation_never_stops(fallback: str) -> None:
    """AVIF has only still images here."""
    own, avif, webp = make_variants(_animation(), _sizes(fallback)).variants
    assert avif == replace(own, size=avif.size)
    for one in (own, webp):
        assert make_variants(one.body, _sizes()[:1]).source.frames == 3


@pytest.mark.parametrize("fallback", ["jpeg", "png"])
def test_a_still_fallback_has_still_siblings(fallback: str) -> None:
    """So the same is seen in every format, and no viewer gets the larger animation."""
    result = make_variants(_animation(), _sizes(fallback))
    for one in result.variants:
        again = make_variants(one.body, _sizes()[:1])
        assert again.source.frames == 1


def test_the_first_frame_may_be_avif() -> None:
    (still,) = make_variants(images.noise(120), [WEBP]).variants
    moving = images.webp_animation((60, 60), still.body, still.body)
    assert "avif" in _types(moving, animation="first", quality=5)
    assert "avif" not in _types(moving, quality=5)


def test_an_animation_beyond_the_limits_is_judged_by_its_fallback() -> None:
    limits = Limits(frames=2)
    make_variants(_animation(), _sizes("jpeg"), limits)
    make_variants(_animation(), _sizes(animation="keep-or-first"), limits)


def _animation() -> bytes:
    """A GIF of three frames that differ."""
    box = (0, 0, 64, 48)
    return images.gif((64, 48), (box, 0), (box, 0), (box, 0))


def test_an_original_in_a_modern_format_is_its_own_sibling() -> None:
    """It is encoded once; the other format may be smaller."""
    own, avif, webp = make_variants(images.encoded("webp", 300, 200), _sizes()).variants
    assert webp == replace(own, size=webp.size)
    assert len(avif.body) <= len(own.body)


def test_an_image_that_webp_cannot_hold_is_its_fallback() -> None:
    wide = images.png(16_400, 1)
    sizes = parse(
        json.dumps(
            {
                "enlarge": False,
                "formats": ["webp", "png"],
                "sizes": [{"geometry": "100%", "name": "all"}],
            }
        )
    )
    assert _listed(make_variants(wide, sizes)) == ["png", "png"]


def test_a_sibling_alone_is_the_same_as_with_the_others() -> None:
    """As it is when a viewer asks for it, or a backfill adds a format."""
    for blob in (PHOTO, NOISE, images.png(300, 300, alpha=True), _animation()):
        sizes = _sizes()
        together = make_variants(blob, sizes).variants
        for size, expected in zip(sizes, together, strict=True):
            assert make_variants(blob, [size]).variants == (expected,)


def test_sizes_with_formats_are_the_same_as_without() -> None:
    plain = parse(
        '{"sizes": ["60x", {"geometry": "60x", "name": "w", "format": "webp"}]}'
    )
    own, webp = (one.body for one in make_variants(PHOTO, plain).variants)
    with_formats = {
        one.size.name: one.body for one in make_variants(PHOTO, _sizes()).variants
    }
    assert with_formats["60x"] == own
    assert with_formats["60x.webp"] in {own, webp}


def test_each_format_is_encoded_once_from_one_resize(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded: list[str] = []
    cropped: list[object] = []

    def count(frames: Any, output: Any, quality: int | None, **how: bool) -> bytes:
        encoded.append(output.name)
        return encode.encode(frames, output, quality, **how)

    monkeypatch.setattr(fitting, "encode", count)
    monkeypatch.setattr(steps, "SHAPE_STEPS", (lambda image, _: cropped.append(image),))
    make_variants(PHOTO, _sizes())
    assert sorted(encoded) == ["avif", "jpeg", "webp"]
    assert len(cropped) == 1


def test_content_types_that_a_sibling_may_have() -> None:
    sizes = {size.name: size for size in _sizes()}
    source = SourceInfo("tiff", 9, 9, alpha=True)
    assert siblings.content_types(sizes["60x"], source) == {"image/png"}
    assert siblings.content_types(sizes["60x.webp"], source) == {
        "image/png",
        "image/webp",
    }
