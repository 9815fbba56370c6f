"""How often an animation is played, from any original to any variant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from resize_on_upload.imaging.headers import webp
from resize_on_upload.imaging.headers.base import BrokenHeaderError
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.imaging.sandbox.verify import verify
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.results import ImageResult

    Make = Callable[[bytes, Any], ImageResult]

_LOOPS_BLOCK = b"\x21\xff\x0bNETSCAPE2.0\x03\x01"
_MAX = 0xFFFF


def _animation(fmt: str, plays: int, frames: int) -> bytes:
    """An image, each frame the negative of the one before; 0 plays are endless."""
    more = ["(", "+clone", "-negate", ")"] * (frames - 1)
    blob = imagemagick.run(
        ["-delay", "7", "-loop", "0", "png:-", *more, f"{fmt}:-"], images.png(24, 24)
    )
    if fmt == "webp":
        at = blob.index(b"ANIM") + 12
        return blob[:at] + plays.to_bytes(2, "little") + blob[at + 2 :]
    at = blob.index(_LOOPS_BLOCK)
    count = (max(plays, 1) - 1).to_bytes(2, "little")
    block = b"" if plays == 1 else _LOOPS_BLOCK + (count if plays else b"\0\0") + b"\0"
    return blob[:at] + block + blob[at + len(_LOOPS_BLOCK) + 3 :]


def _plays(blob: bytes) -> int:
    """0 for endlessly."""
    if blob.startswith(b"RIFF"):
        at = blob.index(b"ANIM") + 12
        return int.from_bytes(blob[at : at + 2], "little")
    if _LOOPS_BLOCK not in blob:
        return 1
    at = blob.index(_LOOPS_BLOCK) + len(_LOOPS_BLOCK)
    repeats = int.from_bytes(blob[at : at + 2], "little")
    return repeats + 1 if repeats else 0


def _variant(make: Make, blob: bytes, **options: object) -> bytes:
    size = {"geometry": "12x", **options}
    result = make(blob, parse(json.dumps({"sizes": [size]})))
    verify(result)
    return result.variants[0].body


@pytest.mark.parametrize(
    "size",
    [
        {"format": "gif"},
        {"format": "webp"},
        {"format": "webp", "lossless": "auto", "maxBytes": 1_000},
    ],
)
@pytest.mark.parametrize("source", ["gif", "webp"])
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plays=st.integers(0, _MAX), frames=st.integers(2, 5))
@example(plays=0, frames=2)
@example(plays=1, frames=2)
@example(plays=1, frames=5)
@example(plays=2, frames=3)
@example(plays=_MAX, frames=2)
def test_each_variant_is_played_as_often(
    make: Make, source: str, size: dict[str, object], plays: int, frames: int
) -> None:
    body = _variant(make, _animation(source, plays, frames), **size)
    assert probe(body, Limits()).header.frames == frames
    assert _plays(body) == plays


def test_a_gif_may_repeat_once_more_than_a_webp_can_say(make: Make) -> None:
    blob = _animation("gif", _MAX + 1, 2)
    assert _plays(_variant(make, blob, format="webp")) == _MAX


@given(st.data())
def test_any_bytes_keep_their_length(data: st.DataObject) -> None:
    """Of hostile files, too, at most the two bytes of the number change."""
    blob = _animation_once()
    cut = blob[: data.draw(st.integers(0, len(blob)))]
    at, value = data.draw(st.integers(0, len(blob))), data.draw(st.binary(max_size=9))
    for hostile in (cut, blob[:at] + value + blob[at + len(value) :]):
        changed = _set_plays(hostile)
        assert len(changed) == len(hostile)
        assert sum(a != b for a, b in zip(changed, hostile, strict=True)) <= 2


def _set_plays(blob: bytes) -> bytes:
    try:
        return webp.set_plays(blob, 9)
    except BrokenHeaderError:
        return blob


def _animation_once() -> bytes:
    body = b"ANIM\6\0\0\0" + bytes(6) + b"ANMF\4\0\0\0" + bytes(4)
    head = b"WEBPVP8X\x0a\0\0\0" + bytes(10)
    return b"RIFF" + len(head + body).to_bytes(4, "little") + head + body
