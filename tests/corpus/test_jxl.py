"""JPEG XL, decoded by the container image's ImageMagick."""

from __future__ import annotations

import random

import pytest

from resize_on_upload.errors import Rejected
from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.sizes.parser import parse
from tests.support import images, jxl
from tests.support.shared_files import PHONES, needs_phones

pytestmark = pytest.mark.serial  # it counts the decoder's processes

SIZES = parse('{"sizes": ["60x60"]}')
CORNERS = {
    1: ("red", "green", "blue", "yellow"),
    2: ("green", "red", "yellow", "blue"),
    3: ("yellow", "blue", "green", "red"),
    4: ("blue", "yellow", "red", "green"),
    5: ("red", "blue", "green", "yellow"),
    6: ("blue", "red", "yellow", "green"),
    7: ("yellow", "green", "blue", "red"),
    8: ("green", "yellow", "red", "blue"),
}
REJECTED = {"jxl_cmyk_layers": "unsupported-variant"}
TRANSPARENT = {
    *("alpha_premultiplied", "alpha_triangles", "animation_icos4d", "blendmodes"),
    *("patches_lossless", "spot"),
}


@pytest.fixture(autouse=True)
def needs_decoder(engine: str) -> None:
    """Debian's ImageMagick has none; that of the container image must have one."""
    if engine == "machine" and selftest.lacks_jxl():
        pytest.skip("ImageMagick on this machine has no decoder for JPEG XL")


def _code(sandbox: Sandbox, blob: bytes) -> str:
    try:
        sandbox.make_variants(blob, SIZES)
    except Rejected as error:
        return str(error.reason)
    return "written"


@pytest.mark.parametrize("orientation", CORNERS)
def test_the_image_is_upright(sandbox: Sandbox, orientation: int) -> None:
    blob = jxl.in_boxes(jxl.file(orientation=orientation), parts=2)
    (variant,) = sandbox.make_variants(blob, SIZES).variants
    assert variant.content_type == "image/jpeg"
    size = (variant.width, variant.height)
    assert size == ((60, 38) if orientation < 5 else (38, 60))
    assert images.corners(variant.body, "jpeg") == CORNERS[orientation]


def test_a_bomb_within_the_limits_is_decoded(sandbox: Sandbox) -> None:
    """49 megapixels in 3 kB."""
    assert _code(sandbox, jxl.BOMB) == "written"


def test_a_bomb_without_enough_memory_is_rejected(sandbox: Sandbox) -> None:
    """By the image's size, not as a crash or as corrupt."""
    assert sandbox  # decoders start where it started
    small = Sandbox(330 * 1024 * 1024, Limits())
    try:
        assert _code(small, jxl.QUARTERS) == "written"
        assert _code(small, jxl.BOMB) == "too-many-pixels"
    finally:
        small.close()


def test_a_file_that_ends_early_is_truncated(sandbox: Sandbox) -> None:
    assert _code(sandbox, jxl.QUARTERS[:-9]) == "truncated"


def test_another_size_than_the_frames_have_is_survived(sandbox: Sandbox) -> None:
    for size in ((1, 1), (65, 40), (7_000, 7_000), (32_000, 1_500)):
        assert _code(sandbox, jxl.file(size)) in {"written", "corrupt", "truncated"}


def test_damaged_files_never_crash_the_decoder(sandbox: Sandbox) -> None:
    """The same process rejects or decodes all of them."""
    assert _code(sandbox, jxl.QUARTERS) == "written"
    pid, rng = sandbox.pid, random.Random(8)  # noqa: S311 - the same damage in every run
    for _ in range(150):
        damaged = bytearray(jxl.QUARTERS)
        for _ in range(rng.randint(1, 3)):
            damaged[rng.randrange(2, len(damaged))] ^= 1 << rng.randrange(8)
        _code(sandbox, bytes(damaged))
    assert sandbox.pid == pid


@needs_phones
def test_real_files(sandbox: Sandbox) -> None:
    """Of libjxl's conformance tests: lossy, lossless, turned, animated, transparent."""
    files = sorted(PHONES.glob("jxl_*.jxl"))
    codes = {file.stem: _code(sandbox, file.read_bytes()) for file in files}
    assert {name: code for name, code in codes.items() if code != "written"} == REJECTED
    for file in files:
        if file.stem not in REJECTED:
            source = sandbox.make_variants(file.read_bytes(), SIZES).source
            assert source.alpha == (file.stem.removeprefix("jxl_") in TRANSPARENT)


@needs_phones
def test_damaged_real_files_never_crash_the_decoder(sandbox: Sandbox) -> None:
    rng, codes = random.Random(2), []  # noqa: S311 - the same damage in every run
    small = [file for file in PHONES.glob("jxl_*.jxl") if file.stat().st_size < 200_000]
    for file in sorted(small) * 8:
        damaged = bytearray(file.read_bytes())
        for _ in range(rng.choice((1, 4, 16))):
            damaged[rng.randrange(40, len(damaged))] = rng.randrange(256)
        codes.append(_code(sandbox, bytes(damaged)))
    assert not {"decoder-crash", "decode-timeout"} & {*codes}
