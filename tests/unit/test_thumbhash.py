"""ThumbHash: as the published implementation hashes, and as pages decode it."""

from __future__ import annotations

import base64
import math
from random import Random  # noqa: TC003 - hypothesis reads the annotation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.thumbhash import Decoded
from resize_on_upload.imaging.imagemagick.thumbhash import encode
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes.size import MANIFEST
from tests.support import images


def _pixels(width: int, height: int, *, alpha: bool) -> bytes:
    """Gradients without symmetry, which round halves would hide mistakes behind."""
    body = bytearray()
    for y in range(height):
        for x in range(width):
            across, down = x / width, y / height
            body.append(int(255 * across))
            body.append(int(255 * (1 - down) * (0.3 + 0.7 * across)))
            body.append(int(255 * abs(across - down)))
            body.append(int(255 * (1 - across * down)) if alpha else 255)
    return bytes(body)


PUBLISHED = {
    # By the npm package thumbhash 0.1.1, of the pixels above.
    (16, 16, False): "mEgOTxCQh4dLeHd5d4d3h3d4CLVcgJAH",
    (16, 11, False): "mDgORZCQh4dLd3eJd4eHiFDLBQh5",
    (11, 16, False): "VzgOTRCQh0t4mHeId3iIh1DLBQiJ",
    (16, 3, False): "2hgSMZCQh4dbd4d4MOgVCIk=",
    (3, 16, False): "lBcKYRCQOZh3eHiHYLwFGIk=",
    (100, 75, False): "mFgOTZCQh4dLd3eJd4iHiFDLBQd5",
    (33, 100, False): "mFgOShCQS5h3eHiIUMsFCIk=",
    (16, 11, True): "WBiOM4ocgIdLeHkwzQQGZ4+IT3h4iIc=",
    (7, 16, True): "FhiKOgocgEqoh4cwzQUGZ4+ITnd4iIc=",
    (100, 100, True): "WCiKNQorgIdLeHqHhyDOBAZnj4hPd3iHhw==",
}


@pytest.mark.parametrize("case", PUBLISHED)
def test_a_hash_is_that_of_the_published_implementation(
    case: tuple[int, int, bool],
) -> None:
    width, height, alpha = case
    found = encode(width, height, _pixels(width, height, alpha=alpha))
    assert base64.b64encode(found).decode() == PUBLISHED[case]


def _hash_of(body: bytes) -> Decoded:
    (variant,) = make_variants(body, [MANIFEST]).variants
    assert variant.thumbhash
    return Decoded(base64.b64decode(variant.thumbhash, validate=True))


def test_a_decoded_hash_looks_like_the_image() -> None:
    decoded = _hash_of(images.png(300, 200))
    for (across, down), name in zip(
        ((0.15, 0.15), (0.85, 0.15), (0.15, 0.85), (0.85, 0.85)),
        images.CORNERS,
        strict=True,
    ):
        wanted = images.CORNERS[name]
        found = decoded.at(across, down)
        far = max(abs(255 * a - b) for a, b in zip(found[:3], wanted, strict=True))
        assert far < 60, (name, found)
        assert found[3] == 1


def test_transparency_is_part_of_the_hash() -> None:
    """The alpha of this image increases to the right."""
    decoded = _hash_of(images.png(300, 200, alpha=True))
    left, right = (decoded.at(across, 0.5)[3] for across in (0.1, 0.9))
    assert left < 0.25
    assert right > 0.75


@pytest.mark.parametrize(
    ("width", "height", "aspect"),
    [
        (300, 300, 1),
        (300, 200, 1.4),
        (200, 300, 5 / 7),
        (900, 100, 7),
        (90, 900, 1 / 7),
    ],
)
def test_the_hash_knows_the_aspect_ratio(
    width: int, height: int, aspect: float
) -> None:
    assert _hash_of(images.png(width, height)).aspect == aspect


@pytest.mark.parametrize("level", [0, 7, 128, 255])
@pytest.mark.parametrize("sides", [(1, 1), (2, 1), (16, 1), (16, 16)])
def test_a_plain_image_has_a_plain_hash(level: int, sides: tuple[int, int]) -> None:
    decoded = Decoded(
        encode(*sides, bytes((level, level, level, 255)) * math.prod(sides))
    )
    for place in (0.0, 0.3, 1.0):
        colour = decoded.at(place, place)[:3]
        assert all(abs(value - level / 255) < 0.05 for value in colour)


def test_an_invisible_image_has_a_hash() -> None:
    decoded = Decoded(encode(16, 16, bytes(4 * 16 * 16)))
    assert decoded.at(0.5, 0.5)[3] == 0


@given(st.integers(1, 16), st.integers(1, 16), st.randoms(use_true_random=False))
def test_every_image_has_a_hash_of_a_known_length(
    width: int, height: int, source: Random
) -> None:
    pixels = source.randbytes(4 * width * height)
    for opaque in (False, True):
        if opaque:
            pixels = b"".join(
                pixels[at : at + 3] + b"\xff" for at in range(0, len(pixels), 4)
            )
        found = encode(width, height, pixels)
        assert 17 <= len(found) <= 25
        assert all(math.isfinite(v) for v in Decoded(found).at(0.5, 0.5))
