"""A response of the decoder's process may be an attacker's: all of it is checked."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from resize_on_upload.errors import EngineFailed, Rejected
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import response, worker
from resize_on_upload.imaging.sandbox.protocol import packed
from resize_on_upload.sizes.parser import parse
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = parse(
    '{"sizes": ["150x", {"geometry": "50x50", "formats": ["webp", "jpeg"],'
    ' "maxBytes": 1000}],'
    ' "manifest": true}'
)
LIMITS = {"pixels": Limits().pixels, "frames": 300, "seconds": 9}
BLOB = images.png(60, 40)
HEADER, BODIES = worker.respond({"limits": LIMITS, "sizes": packed(SIZES)}, BLOB)
HASH = HEADER["variants"][3]["thumbhash"]


def _parse(header: dict[str, Any], bodies: list[bytes] = BODIES) -> Any:
    return response.parse(header, bodies, BLOB, SIZES, Limits())


def test_a_correct_response_is_parsed() -> None:
    result = _parse(HEADER)
    assert (result.source.width, result.source.height) == (60, 40)
    assert [variant.size for variant in result.variants] == list(SIZES)
    assert set(result.milliseconds) == set(response.STEPS)


def _set(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(header: dict[str, Any]) -> None:
        *parents, last = path
        place: Any = header
        for step in parents:
            place = place[step]
        place[last] = value

    return change


FORGED = {
    "format": _set("source", "format", value="<script>"),
    "another format": _set("source", "format", value="jpeg"),
    "frames": _set("source", "frames", value="many"),
    "negative frames": _set("source", "frames", value=-5),
    "more frames": _set("source", "frames", value=2),
    "source width as text": _set("source", "width", value="60"),
    "source width as a fraction": _set("source", "width", value=60.0),
    "source width as a boolean": _set("source", "width", value=True),
    "another source": _set("source", "width", value=61),
    "rotated source": _set("source", value={**HEADER["source"], "width": 40, "height": 60}),  # noqa: E501
    "no source": _set("source", value=None),
    "width as text": _set("variants", 0, "width", value="150"),
    "width as a fraction": _set("variants", 0, "width", value=150.0),
    "type": _set("variants", 0, "content_type", value="text/html"),
    "type as a number": _set("variants", 0, "content_type", value=7),
    "type of another size": _set("variants", 0, "content_type", value="image/jpeg"),
    "a quality without maxBytes": _set("variants", 0, "quality", value=50),
    "a quality as text": _set("variants", 1, "quality", value="50"),
    "a quality as a boolean": _set("variants", 1, "quality", value=True),
    "a quality out of range": _set("variants", 1, "quality", value=101),
    "no quality": lambda header: header["variants"][0].pop("quality"),
    "an unexpected color": _set("variants", 0, "color", value="#ffffff"),
    "no color": _set("variants", 3, "color", value=None),
    "a color as markup": _set("variants", 3, "color", value="<script>"),
    "a color in other digits": _set("variants", 3, "color", value="#\u0661\u0661\u0661\u0661\u0661\u0661"),  # noqa: E501
    "an unexpected hash": _set("variants", 0, "thumbhash", value=HASH),
    "no hash": _set("variants", 3, "thumbhash", value=None),
    "a hash as a number": _set("variants", 3, "thumbhash", value=7),
    "a hash as markup": _set("variants", 3, "thumbhash", value="<b>" * 8),
    "a short hash": _set("variants", 3, "thumbhash", value=HASH[:20]),
    "a long hash": _set("variants", 3, "thumbhash", value=HASH * 2),
    "a hash in half a group": _set("variants", 3, "thumbhash", value=HASH[:-2]),
    "a hash with a line": _set("variants", 3, "thumbhash", value=f"{HASH}\n"),
    "a hash in other letters": _set("variants", 3, "thumbhash", value="ä" * 24),
    "a variant too few": lambda header: header["variants"].pop(),
    "variants as a number": _set("variants", value=3),
    "an unknown step": _set("milliseconds", value={"password": 1.0}),
    "a step as text": _set("milliseconds", value={"decode": "soon"}),
    "a step that is not a number": _set("milliseconds", value={"decode": float("nan")}),
    "an endless step": _set("milliseconds", value={"decode": float("inf")}),
    "a negative step": _set("milliseconds", value={"decode": -1.0}),
    "an hdr that no variant has": _set("hdr", value=True),
    "an hdr that is false": _set("hdr", value=False),
    "an unknown hdr": _set("hdr", value="<script>"),
    "an hdr of another kind": _set("hdr", value=["broken"]),
    "a variant with hdr": _set("variants", 0, "hdr", value=True),
    "a variant with an unknown hdr": _set("variants", 0, "hdr", value="true"),
    "an unknown reason": _set("reason", value="fine"),
    "a reason of another part": _set("reason", value="archived"),
    "a reason as a list": _set("reason", value=["corrupt"]),
    "a reason of a skipped key": _set("reason", value="up-to-date"),
    "a reason of a failure": _set("reason", value="internal-error"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_response_is_refused(forgery: str) -> None:
    header = deepcopy(HEADER)
    FORGED[forgery](header)
    with pytest.raises(EngineFailed):
        _parse(header)


@pytest.mark.parametrize("holds", ["png", "gif", "avif", "jpeg", "webp"])
def test_a_sibling_has_its_own_type_or_that_of_its_fallback(holds: str) -> None:
    header, bodies = deepcopy(HEADER), [*BODIES]
    sibling = header["variants"][2]
    bodies[2] = images.encoded(holds, sibling["width"], sibling["height"])
    sibling["content_type"] = f"image/{holds}"
    if holds in ("jpeg", "webp"):
        assert _parse(header, bodies).variants[2].content_type == f"image/{holds}"
    else:
        with pytest.raises(EngineFailed, match="image/jpeg or image/webp"):
            _parse(header, bodies)


def test_a_surplus_body_is_refused() -> None:
    with pytest.raises(EngineFailed, match="malformed"):
        _parse(HEADER, [*BODIES, b""])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = st.sampled_from([*HEADER, "reason", "message", "failed", *HEADER["source"]])


@given(st.dictionaries(KEYS, JSON), st.lists(st.binary(max_size=9), max_size=3))
def test_any_response_is_an_outcome(
    header: dict[str, Any], bodies: list[bytes]
) -> None:
    """Whatever the process sends: a rejection or a failure, never another error."""
    with pytest.raises((Rejected, EngineFailed)) as caught:
        response.parse(header, bodies, BLOB, SIZES, Limits())
    assert len(str(caught.value)) < 2_000


@given(st.sampled_from(sorted(HEADER)), JSON)
def test_any_part_may_be_anything(key: str, value: Any) -> None:
    assume((key, value) not in (("milliseconds", {}), ("hdr", None)))
    with pytest.raises(EngineFailed):
        _parse({**HEADER, key: value})


@pytest.mark.parametrize("reason", sorted(response._REJECTIONS))
def test_a_rejection_keeps_its_class(reason: str) -> None:
    with pytest.raises(Rejected, match="why") as caught:
        _parse({"reason": reason, "message": "why"})
    assert caught.value.reason == reason


def test_the_decoder_decides_on_images_alone() -> None:
    """It can reject an upload only for what the image job can."""
    others = {"archived", "decode-timeout", "decoder-crash", "foreign-bucket"}
    others |= {"key-too-long", "too-large-file"}
    every = {kind.reason for kind in Rejected.__subclasses__()}
    assert every - others == set(response._REJECTIONS)
