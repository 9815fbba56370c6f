"""A GIF's frames contain only what changes from one to the next."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.imaging.resizing import resample

if TYPE_CHECKING:
    from collections.abc import Sequence

Pixel = tuple[int, int, int, int]

pytestmark = pytest.mark.skipif(
    not resample.is_built(), reason="the resampler is not built: no C compiler"
)

# A GIF's pixel is opaque or transparent; the colour of a transparent one is ignored.
PIXELS = st.sampled_from([(9, 9, 9, 255), (200, 0, 0, 255), (9, 9, 9, 0), (0, 7, 0, 0)])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, list[Pixel], list[Pixel]]:
    """A width, and two frames of that width."""
    width, height = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    frames = st.lists(PIXELS, min_size=width * height, max_size=width * height)
    before = draw(frames)
    changes = draw(st.dictionaries(st.integers(0, len(before) - 1), PIXELS, max_size=4))
    return width, before, [changes.get(at, one) for at, one in enumerate(before)]


def _buffer(pixels: Sequence[Pixel]) -> Any:
    data = b"".join(map(bytes, pixels))
    return ctypes.create_string_buffer(data, len(data))


def _seen(pixel: Pixel) -> Pixel | None:
    return pixel if pixel[3] else None


@given(pairs())
def test_a_frame_drawn_over_the_last_one_is_complete(
    pair: tuple[int, list[Pixel], list[Pixel]],
) -> None:
    """Unchanged pixels are transparent; a box of one pixel contains that pixel."""
    width, before, now = pair
    buffers = _buffer(before), _buffer(now)
    box = resample.changed_box(*buffers, width, len(now) // width)
    if box is None:
        cleared = [a for a, b in zip(before, now, strict=True) if a[3] and not b[3]]
        assert cleared
        return
    left, top, across, down = box
    drawn = resample.difference(*buffers, width, box).raw
    shown = list(before)
    for index in range(across * down):
        at = (top + index // across) * width + left + index % across
        pixel: Any = tuple(drawn[4 * index : 4 * index + 4])
        is_new = _seen(before[at]) != _seen(now[at])
        assert _seen(pixel) == (
            _seen(now[at]) if is_new or across * down == 1 else None
        )
        shown[at] = pixel if pixel[3] else shown[at]
    assert [_seen(pixel) for pixel in shown] == [_seen(pixel) for pixel in now]
