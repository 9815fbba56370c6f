"""The plan of an image: the scale to decode at, and what each size is made from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.errors import ResultTooLarge
from resize_on_upload.imaging.headers.exif import displayed_size
from resize_on_upload.imaging.resizing import resize_plan
from resize_on_upload.sizes.dimensions import dimensions
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from resize_on_upload.sizes.size import Size

DEFAULT = ("150x", "50x50", "x150")
WIDTHS = ("150x", "300x", "600x", "1200x")


def _sizes(*sizes: Any) -> tuple[Size, ...]:
    return parse(json.dumps({"sizes": sizes}))


@pytest.mark.parametrize(
    ("stored", "sizes", "eighths"),
    [
        ((4000, 3000), DEFAULT, 1),
        ((4000, 3000), WIDTHS, 3),
        ((4000, 3000), ("1240x",), 3),
        ((4000, 3000), ("1260x",), 4),
        ((4000, 3000), ("2000x",), 8),
        ((4000, 3000), ({"geometry": "150%", "name": "large"},), 8),
        ((1600, 1200), DEFAULT, 2),  # 1.9 MP: decoded at twice the size
        ((300, 200), DEFAULT, 8),
        ((20_000, 100), ("x50",), 8),
        ((8, 8), ("1x1",), 2),
    ],
)
def test_no_more_is_decoded_than_needed(
    stored: tuple[int, int], sizes: Any, eighths: int
) -> None:
    assert resize_plan.make(stored, 1, _sizes(*sizes), scalable=True).eighths == eighths
    assert resize_plan.make(stored, 1, _sizes(*sizes)).eighths == 8


def test_a_whole_plan() -> None:
    """For a phone's portrait: stored as landscape, so its targets are, too."""
    found = resize_plan.make((4032, 3024), 6, _sizes("150x", "600x"), scalable=True)
    assert (found.width, found.height, found.eighths) == (4032, 3024, 2)
    assert found.decoded == (1008, 756)
    assert [
        (t.sizes[0].name, t.width, t.height, t.made_from) for t in found.targets
    ] == [
        ("600x", 800, 600, None),
        ("150x", 200, 150, 0),
    ]


def test_a_scaled_image_ends_inside_its_last_pixel() -> None:
    found = resize_plan.make((4289, 2849), 1, _sizes("150x"), scalable=True)
    assert found.decoded == (537, 357)
    assert found.extent == (536.125, 356.125)


@given(
    st.tuples(st.integers(1, 6000), st.integers(1, 6000)),
    st.integers(1, 8),
    st.lists(
        st.sampled_from([*DEFAULT, *WIDTHS, "x900", "10x10"]), min_size=1, unique=True
    ),
    st.sampled_from([True, False]),
)
def test_every_plan_serves_every_size(
    stored: tuple[int, int], orientation: int, names: list[str], scalable: object
) -> None:
    """Sizes are exact; enough is decoded; a source has twice the size made from it."""
    sizes = _sizes(*names)
    try:
        found = resize_plan.make(stored, orientation, sizes, scalable=bool(scalable))
    except ResultTooLarge:
        return
    seen = displayed_size(stored, orientation)
    assert {s for t in found.targets for s in t.sizes} == set(sizes)
    for index, each in enumerate(found.targets):
        made = displayed_size((each.width, each.height), orientation)
        assert {made} == {dimensions(*seen, s.geometry) for s in each.sizes}
        if found.eighths < 8:
            assert each.width * resize_plan.OVERSAMPLING <= found.extent[0]
            assert each.height * resize_plan.OVERSAMPLING <= found.extent[1]
        if each.made_from is not None:
            assert each.made_from < index
            source = found.targets[each.made_from]
            assert source.width >= 2 * each.width
            assert source.height >= 2 * each.height
