"""A focus: what is one, and the crop around it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.sizes.focus import Focus, FocusError, parse

FRACTIONS = st.floats(0, 1, allow_subnormal=False)
SIDES = st.integers(1, 16_383)


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("0.3,0.6", 0.3, 0.6),
        ("0,1", 0.0, 1.0),
        (" .5 , 1.0 ", 0.5, 1.0),
        ("0.,1.", 0.0, 1.0),
        ("1e-7,2.5e-3", 1e-7, 0.0025),
        ("0.3333333333333333,0.1", 1 / 3, 0.1),
    ],
)
def test_two_fractions_are_a_focus(text: str, x: float, y: float) -> None:
    assert parse(text) == Focus(x, y)


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "0.5", "0,0,0", "0.3;0.6", "0.3 0.6", "{}", "auto"),
        *("1.5,0", "0,1.0001", "-0.1,0", "+0.1,0", "30%,60%", "1e1,0", "1e999,0"),
        *("NaN,0", "nan,nan", "inf,0", "0x1,0", "1_0,0", "0.3,0.6\n", "\0,0"),
        "\u0660.\u0663,0",  # Arabic digits
        "0\uff0e3,0",  # a full-width point
        "=?UTF-8?Q?0=2C3?=",
        "0." + "3" * 10_000 + ",0",
        "0" * 10_000,
        " " * 10_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_anything_else_is_not(text: str) -> None:
    """The message shows a bounded part of it."""
    with pytest.raises(FocusError, match="is not X,Y: two numbers from 0 to 1") as info:
        parse(text)
    assert len(str(info.value)) < 150


@given(FRACTIONS, FRACTIONS)
def test_a_focus_is_read_as_it_is_written(x: float, y: float) -> None:
    """As `upload --focus` sends it."""
    assert parse(str(Focus(x, y))) == Focus(x, y)


@given(FRACTIONS, SIDES, st.data())
def test_a_crop_is_inside_the_image_and_has_the_focus(
    x: float, whole: int, data: st.DataObject
) -> None:
    """As near to its centre as the edges allow; of two that are as near, the first."""
    part = data.draw(st.integers(1, whole))
    start, _ = Focus(x, 0).crop_at((whole, 9), (part, 9))
    assert 0 <= start <= whole - part
    point = x * whole
    assert start <= point <= start + part

    def distance(at: int) -> Fraction:
        return abs(Fraction(at) + Fraction(part, 2) - Fraction(point))

    if start > 0:
        assert distance(start) < distance(start - 1)
    if start < whole - part:
        assert distance(start) <= distance(start + 1)


@given(SIDES, SIDES, st.data())
def test_the_middle_is_cropped_as_by_the_gravity_center(
    width: int, height: int, data: st.DataObject
) -> None:
    box = data.draw(st.integers(1, width)), data.draw(st.integers(1, height))
    at = (width - box[0]) // 2, (height - box[1]) // 2
    assert Focus(0.5, 0.5).crop_at((width, height), box) == at


@pytest.mark.parametrize(
    ("focus", "at"),
    [
        (Focus(0, 0), (0, 0)),
        (Focus(1, 1), (299, 199)),
        (Focus(1, 0), (299, 0)),
        (Focus(0.5, 0.5), (149, 99)),
    ],
)
def test_a_crop_of_one_pixel(focus: Focus, at: tuple[int, int]) -> None:
    assert focus.crop_at((300, 200), (1, 1)) == at


def test_the_point_is_that_of_the_original() -> None:
    """Wherever rounding left the resized image: 1001 pixels wide, 667 high."""
    focus = Focus(900 / 3000, 1500 / 2000)
    assert focus.crop_at((1001, 667), (400, 667)) == (100, 0)
    assert focus.crop_at((1001, 667), (1001, 200)) == (0, 400)
