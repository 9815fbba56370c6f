"""Little CMS, called directly, gives ImageMagick's colours."""

from __future__ import annotations

import pytest

from resize_on_upload.imaging import srgb
from resize_on_upload.imaging.imagemagick import color_profile, magick
from tests.support import images

RED, GREEN, BLUE = (srgb.PRIMARIES[name] for name in (b"rXYZ", b"gXYZ", b"bXYZ"))
OTHER = srgb.profile({b"rXYZ": GREEN, b"gXYZ": BLUE, b"bXYZ": RED})

needs_library = pytest.mark.skipif(
    not color_profile._library(), reason="Little CMS has another name here"
)


def _image(*, alpha: bool, profile: bytes = OTHER) -> magick.Image:
    image = magick.Image(blob=images.png(60, 40, alpha=alpha), format="png")
    image.profiles["icc"] = profile
    return image


def _converted(monkeypatch: pytest.MonkeyPatch, *, alpha: bool, direct: bool) -> bytes:
    with monkeypatch.context() as patch:
        if not direct:
            patch.setattr(color_profile, "_library", lambda: None)
        with _image(alpha=alpha) as image:
            color_profile.convert(image, srgb.PROFILE)
            return bytes(magick.pixels(image, "RGBA"))


@needs_library
@pytest.mark.parametrize("alpha", [False, True], ids=["rgb", "rgba"])
def test_it_gives_imagemagick_s_colours(
    monkeypatch: pytest.MonkeyPatch, *, alpha: bool
) -> None:
    with _image(alpha=alpha) as image:
        before = bytes(magick.pixels(image, "RGBA"))
    one = _converted(monkeypatch, alpha=alpha, direct=True)
    other = _converted(monkeypatch, alpha=alpha, direct=False)
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 1
    assert one != before
    assert one[3::4] == before[3::4]


@needs_library
def test_the_profile_is_dropped_afterwards() -> None:
    """It no longer describes the colours."""
    with _image(alpha=False) as image:
        assert color_profile._convert_eight_bits(image, srgb.PROFILE)
        assert not image.profiles["icc"]


@pytest.mark.parametrize(
    "profile", [OTHER[:200], OTHER[:16] + b"CMYK" + OTHER[20:], b"x" * 300, b""]
)
def test_a_damaged_profile_is_left_to_imagemagick(profile: bytes) -> None:
    with _image(alpha=False, profile=profile) as image:
        assert not color_profile._convert_eight_bits(image, srgb.PROFILE)


def test_more_than_eight_bits_and_other_colours_are_left_to_imagemagick() -> None:
    for change in ({"depth": 16}, {"colorspace": "gray"}, {"colorspace": "cmyk"}):
        with _image(alpha=False) as image:
            for name, value in change.items():
                setattr(image, name, value)
            assert not color_profile._convert_eight_bits(image, srgb.PROFILE)
