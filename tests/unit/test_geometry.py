"""Geometries, compared with ImageMagick's own `-resize`."""

from __future__ import annotations

import functools
import random

import pytest

from resize_on_upload.sizes.dimensions import dimensions
from resize_on_upload.sizes.geometry import GeometryError, parse
from tests.support import imagemagick

MAX_PIXELS = 1_000_000  # keeps ImageMagick quick; the arithmetic is the same for more
SIDES = [1, 2, 3, 7, 10, 49, 50, 51, 99, 149, 150, 151, 333, 640, 999, 1080, 3000]
FLAGS = ["", ">", "<", "!", "^", "!>", "!<", "^>", "^<", ">^"]


def _geometry(rng: random.Random) -> str:
    width, height = rng.choice(SIDES), rng.choice(SIDES)
    flags = rng.choice(FLAGS)
    return rng.choice(
        [
            f"{width}{flags}",
            f"{width}x{flags}",
            f"x{height}{flags}",
            f"{width}x{height}{flags}",
            f"{width}x{height}{flags}",
            f"{rng.choice([1, 7, 12.5, 33.3, 50, 99.9, 100, 150, 250])}%",
            f"{rng.choice([1, 30, 50, 66.6])}%x{rng.choice([10, 50, 200])}%",
            f"{width * height}@{rng.choice(['', '>', '<'])}",
        ]
    )


@functools.cache
def _cases(count: int) -> list[tuple[int, int, str]]:
    rng = random.Random(20)  # noqa: S311 - the same pairs in every run
    cases: list[tuple[int, int, str]] = []
    while len(cases) < count:
        width = rng.choice([rng.choice(SIDES), rng.randint(1, 2000)])
        height = rng.choice([rng.choice(SIDES), rng.randint(1, 2000)])
        geometry = _geometry(rng)
        size = dimensions(width, height, parse(geometry))
        if _imagemagick_can(width, height, geometry, size):
            cases.append((width, height, geometry))
    return cases


def _imagemagick_can(
    width: int, height: int, geometry: str, size: tuple[int, int]
) -> bool:
    """Leave out what it refuses: very large images, and sides that round to zero."""
    rounds_to_zero = min(size) == 1 and ("%" in geometry or "@" in geometry)
    return (
        not rounds_to_zero
        and max(size) < 16_000
        and max(width * height, size[0] * size[1]) <= MAX_PIXELS
    )


@pytest.mark.parametrize("batch", range(10))
def test_dimensions_are_those_of_imagemagick(batch: int) -> None:
    """3,000 pairs of size and geometry have the result of `-resize`."""
    cases = _cases(3_000)[batch::10]
    wrong = [
        (case, found, expected)
        for case, expected in zip(cases, imagemagick.resized(cases), strict=True)
        if (found := dimensions(case[0], case[1], parse(case[2]))) != expected
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "geometry", "expected"),
    [
        ((4032, 3024), "150x", (150, 113)),
        ((4032, 3024), "50x50", (50, 38)),
        ((4032, 3024), "x150", (200, 150)),
        ((20, 10), "150x", (150, 75)),
        ((20, 10), "150x>", (20, 10)),
        ((400, 200), "100x100^", (200, 100)),
        ((400, 200), "100x100!", (100, 100)),
        ((400, 200), "50%x30%", (200, 60)),
        ((20_000, 1), "150x", (150, 1)),
        ((1, 20_000), "150x", (150, 3_000_000)),
        ((400, 200), "5000@", (100, 50)),
        ((150, 100), "150x^", (225, 150)),
        # ImageMagick refuses these two; one pixel is more useful.
        ((640, 49), "1%", (6, 1)),
        ((1601, 2), "447@", (598, 1)),
    ],
)
def test_documented_examples(
    source: tuple[int, int], geometry: str, expected: tuple[int, int]
) -> None:
    """The examples of the documentation are true."""
    assert dimensions(*source, parse(geometry)) == expected


@pytest.mark.parametrize(
    ("source", "geometry"),
    [
        ((20, 10), "150x"),
        ((20, 10), "x150"),
        ((20, 10), "200%"),
        ((20, 10), "50x50^"),
        ((20, 10), "90000@"),
    ],
)
def test_small_images_are_not_enlarged(source: tuple[int, int], geometry: str) -> None:
    """A small image keeps its size if enlarging is off."""
    assert dimensions(*source, parse(geometry).without_enlarging()) == source


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must not be empty"),
        ("x", "written W, Wx, xH or WxH"),
        ("abc", "written W, Wx, xH or WxH"),
        ("150px", "written W, Wx, xH or WxH"),
        ("150 x 150", "written W, Wx, xH or WxH"),
        ("12.5x", "written W, Wx, xH or WxH"),
        ("１５０x", "written W, Wx, xH or WxH"),  # noqa: RUF001 - full-width digits
        ("0x0", "between 1 and 16383"),
        ("99999x", "between 1 and 16383"),
        ("-5x", "cannot be negative"),
        ("5x-5", "offsets"),
        ("50x50+1+1", "offsets"),
        ("50x50#", "'#' is not ImageMagick syntax"),
        ("50x50!^", "'!' cannot be combined with '^'"),
        ("50x50>>", "each flag may be given once"),
        ("50x50><", "mutually exclusive"),
        ("0%", "above 0"),
        ("5000%", "at most 1000"),
        ("50%>", "without other flags"),
        ("0@", "between 1 and"),
        ("50x50@", "'@' follows one whole number"),
    ],
    ids=repr,
)
def test_refusals_name_the_rule(text: str, rule: str) -> None:
    """A geometry that is not valid is refused with the rule it breaks."""
    with pytest.raises(GeometryError, match=rule.replace("^", r"\^")):
        parse(text)
