"""The highest quality that fits, in six encodes: properties of the search alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.imaging.codecs.quality_search import (
    MAX_ENCODES,
    MIN_QUALITY,
    search,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.codecs.quality_search import Encoded


class Encoder:
    """Makes files of the lengths that a curve gives; notes the qualities."""

    def __init__(self, curve: Callable[[int], int]) -> None:
        self._curve = curve
        self.tried: list[int] = []

    def __call__(self, quality: int) -> bytes:
        self.tried.append(quality)
        return bytes(self._curve(quality))


def _curve(start: float, growth: float, header: int) -> Callable[[int], int]:
    """Bytes as encoders make them: a header, and data that grows by a share."""
    return lambda quality: header + round(start * math.exp(growth * quality / 100))


CURVES = st.builds(
    _curve, st.floats(500, 50_000), st.floats(0.5, 4), st.integers(20, 700)
)
QUALITIES = st.integers(1, 100)
LENGTHS = st.lists(st.integers(1, 3_000), min_size=101, max_size=101)


def _searched(
    curve: Callable[[int], int], quality: int, most: int
) -> tuple[Encoded, list[int]]:
    encoder = Encoder(curve)
    found = search(encoder, quality, most)
    assert len(found.body) == curve(found.quality)
    assert found.quality in encoder.tried
    return found, encoder.tried


@given(CURVES, QUALITIES, st.floats(0.1, 1.2))
def test_what_grows_as_encoders_do_gets_the_highest_quality_that_fits(
    curve: Callable[[int], int], quality: int, share: float
) -> None:
    most = round(curve(quality) * share)
    found, tried = _searched(curve, quality, most)
    fitting = [q for q in range(MIN_QUALITY, quality + 1) if curve(q) <= most]
    best = max(fitting, default=min(MIN_QUALITY, quality))
    # One level of quality is at most 4 % of these bytes.
    assert best - found.quality <= (1 if len(tried) == MAX_ENCODES else 0)


_PHOTO = (
    10_704,
    13_120,
    15_169,
    17_317,
    19_074,
    20_726,
    22_550,
    24_727,
    27_680,
    31_805,
)
"""Bytes of a photo as a JPEG of every sixth quality from 20."""


def _photo(quality: int) -> int:
    """A photo's bytes: they grow quickly at both ends, and slowly between."""
    at, rest = divmod(quality - MIN_QUALITY, 6)
    this, following = (*_PHOTO, 36_839)[at : at + 2]
    return this + (following - this) * rest // 6


@pytest.mark.parametrize(("encodes", "gap"), [(4, 8), (5, 4), (6, 1)])
def test_a_few_encodes_do_not_end_at_the_lowest_quality(encodes: int, gap: int) -> None:
    """Those between exceed some limits by a little, up to the last but one."""
    for best in range(MIN_QUALITY, 80):
        found = search(Encoder(_photo), 79, _photo(best), encodes)
        assert 0 <= best - found.quality <= gap


@given(LENGTHS, QUALITIES, st.integers(0, 3_000))
def test_whatever_an_encoder_makes_is_tried_six_times_at_most(
    lengths: list[int], quality: int, most: int
) -> None:
    found, tried = _searched(lengths.__getitem__, quality, most)
    assert len(tried) <= MAX_ENCODES
    assert len(tried) == len(set(tried))
    assert tried[0] == quality
    assert all(MIN_QUALITY <= one < quality for one in tried[1:])
    if lengths[quality] <= most:
        assert tried == [quality]
    if any(lengths[one] <= most for one in tried):
        assert len(found.body) <= most
        assert found.quality == max(q for q in tried if lengths[q] <= most)
    else:
        assert len(found.body) == min(lengths[one] for one in tried)
        assert tried[1:] in ([], [MIN_QUALITY])


@given(LENGTHS, st.integers(MIN_QUALITY, 100))
def test_the_lowest_quality_is_always_tried_before_giving_up(
    lengths: list[int], quality: int
) -> None:
    most = lengths[MIN_QUALITY]
    found, _ = _searched(lengths.__getitem__, quality, most)
    assert len(found.body) <= most


@pytest.mark.parametrize("encodes", range(1, MAX_ENCODES + 1))
def test_fewer_encodes_may_be_allowed(encodes: int) -> None:
    encoder = Encoder(_curve(1_000, 3, 100))
    found = search(encoder, 82, 4_000, encodes)
    assert len(encoder.tried) <= encodes
    assert (len(found.body) <= 4_000) == (encodes > 1)
