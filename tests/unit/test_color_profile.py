"""Little CMS, called directly, gives ImageMagick's colours."""

from __future__ import annotations

import struct
from itertools import product

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


def _converted(
    monkeypatch: pytest.MonkeyPatch,
    *,
    alpha: bool,
    direct: bool,
    profile: bytes = OTHER,
    intent: str = "perceptual",
) -> bytes:
    with monkeypatch.context() as patch:
        if not direct:
            patch.setattr(color_profile, "_library", lambda: None)
        with _image(alpha=alpha, profile=profile) as image:
            image.rendering_intent = intent
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
@pytest.mark.parametrize("intent", ["absolute", "relative", "saturation"])
def test_the_rendering_intent_counts(
    monkeypatch: pytest.MonkeyPatch, intent: str
) -> None:
    """A BMP can state it; an absolute one keeps the white of the profile."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    warm = white[:8] + struct.pack(">3i", 71991, 65536, 23320)
    assert white in OTHER
    profile = OTHER.replace(white, warm)
    one, other = (
        _converted(
            monkeypatch, alpha=False, direct=direct, profile=profile, intent=intent
        )
        for direct in (True, False)
    )
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 1


def _with_tags(tags: dict[bytes, bytes]) -> bytes:
    """The profile of sRGB with other tags; a new one replaces the copyright."""
    profile = bytearray(srgb.PROFILE)
    for name, body in tags.items():
        at = profile.index(name if name in profile else b"cprt")
        profile[at : at + 12] = name + struct.pack(">2I", len(profile), len(body))
        profile += body
    profile[:4] = len(profile).to_bytes(4, "big")
    return bytes(profile)


def _jagged() -> bytes:
    curve = b"curv" + struct.pack(">4xI600H", 600, *[0, 65_535] * 300)
    return _with_tags(dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def _with_table() -> bytes:
    """Its colours are Lab values in a table of 2 x 2 x 2."""
    unity, line = (65_536, 0, 0, 0, 65_536, 0, 0, 0, 65_536), (0, 65_535) * 3
    lab = [
        round(65_535 * value)
        for r, g, b in product((0, 1), repeat=3)
        for value in ((r + g + b) / 3, 0.5 + (r - g) * 0.3, 0.5 + (g - b) * 0.3)
    ]
    head = struct.pack(">4x4B9i2H", 3, 3, 2, 0, *unity, 2, 2)
    body = b"mft2" + head + struct.pack(">36H", *line, *lab, *line)
    profile = _with_tags({b"A2B0": body})
    return profile[:20] + b"Lab " + profile[24:]


@needs_library
@pytest.mark.parametrize("profile", [_jagged(), _with_table()], ids=["curve", "table"])
def test_an_inexact_conversion_is_left_to_imagemagick(profile: bytes) -> None:
    """To be quick, Little CMS samples tables and curves; they lose up to 255."""
    with _image(alpha=False, profile=profile) as image:
        assert not color_profile._convert_eight_bits(image, srgb.PROFILE)
        color_profile.convert(image, srgb.PROFILE)  # which ImageMagick can read


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
