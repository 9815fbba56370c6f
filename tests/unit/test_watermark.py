"""Watermarks on variants: in linear light, in every format, and not elsewhere."""

from __future__ import annotations

import io
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from resize_on_upload.errors import EngineFailed
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import protocol
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.sizes.parser import parse
from tests.support import imagemagick, images, watermarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[..., list[Pillow.Image]]

_send = protocol.send
MEMORY = 1_577 * 1024 * 1024
GREY = images.png_of([[(100, 100, 100)] * 200] * 100)
HALF = {"opacity": 0.5, "width": "50%", "gravity": "center"}
PLAIN = {"geometry": "200x", "name": "a", "format": "png"}


@pytest.fixture(
    scope="module",
    params=["machine", pytest.param("image", marks=pytest.mark.image)],
)
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A decoder here, with ImageMagick 6, and one in the container image, with 7."""
    if request.param == "image":
        yield request.getfixturevalue("inside")
        return
    found = Sandbox(MEMORY, Limits())
    yield found
    found.close()


@pytest.fixture
def make(box: Sandbox) -> Make:
    """Variants of an original, with a logo at the path "logo"."""

    def made(
        blob: bytes, logo: bytes, *entries: Any, **watermark: Any
    ) -> list[Pillow.Image]:
        document = {
            "sizes": entries or [PLAIN],
            "watermark": {"file": "logo", **watermark},
        }
        sizes = parse(json.dumps(document), lambda _: logo)
        bodies = (one.body for one in box.make_variants(blob, sizes).variants)
        return [Pillow.open(io.BytesIO(body)) for body in bodies]

    return made


def _linear(value: float) -> float:
    level = value / 255
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    level = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return 255 * level


def _mixed(below: int, above: int, opacity: float) -> float:
    """Two levels as light is mixed."""
    return _encoded(_linear(above) * opacity + _linear(below) * (1 - opacity))


def _pixel(image: Pillow.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.convert("RGBA").getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


@pytest.mark.parametrize("opacity", [0.1, 0.5, 0.9, 1])
@pytest.mark.parametrize("below", [0, 30, 100, 255])
@pytest.mark.parametrize("above", [0, 200, 255])
def test_colours_are_mixed_in_linear_light(
    make: Make, below: int, above: int, opacity: float
) -> None:
    original = images.png_of([[(below,) * 3] * 200] * 100)
    logo = watermarks.plain(40, 20, (above,) * 3)
    (made,) = make(original, logo, **{**HALF, "opacity": opacity})
    expected = _mixed(below, above, round(255 * opacity) / 255)
    for x, y in ((60, 30), (100, 50), (140, 70)):
        assert _pixel(made, x, y)[:3] == pytest.approx((expected,) * 3, abs=1)
    for x, y in ((0, 0), (40, 50), (160, 50), (100, 20), (100, 80), (199, 99)):
        assert _pixel(made, x, y) == (below, below, below, 255)


def test_only_its_own_pixels_change(make: Make) -> None:
    """Every other byte of a photo stays, although it goes through linear light."""
    photo = images.noise(200)
    clear = images.png_of([[(255, 0, 0, 0)] * 20] * 20)
    (plain,) = make(photo, clear, {**PLAIN, "watermark": False})
    (under_clear,) = make(photo, clear, width="100%")
    assert under_clear.tobytes() == plain.tobytes()
    (marked,) = make(photo, watermarks.plain(20, 20), gravity="northwest")
    for image in (plain, marked):
        image.paste((0, 0, 0), (6, 6, 46, 46))
    assert marked.tobytes() == plain.tobytes()


def test_its_own_transparency_counts(make: Make) -> None:
    rows = [[(255, 255, 255, 0)] * 20 + [(255, 255, 255, 128)] * 20] * 20
    (made,) = make(GREY, images.png_of(rows), **{**HALF, "opacity": 1})
    assert _pixel(made, 70, 50) == (100, 100, 100, 255)
    expected = _mixed(100, 255, 128 / 255)
    assert _pixel(made, 130, 50)[:3] == pytest.approx((expected,) * 3, abs=1)


@pytest.mark.parametrize("kind", ["grey", "grey and alpha", "palette"])
def test_every_kind_of_png_is_drawn(make: Make, kind: str) -> None:
    logo = Pillow.new("LA" if kind == "grey and alpha" else "L", (20, 20), 200)
    if kind == "palette":
        logo = logo.convert("P")
    if kind == "grey and alpha":
        logo.putalpha(255)
    stored = io.BytesIO()
    logo.save(stored, "png")
    (made,) = make(GREY, stored.getvalue(), **{**HALF, "opacity": 1})
    assert _pixel(made, 100, 50)[:3] == pytest.approx((200,) * 3, abs=1)


@pytest.mark.parametrize("fmt", ["png", "jpeg", "webp", "avif", "gif"])
def test_every_format_has_it(make: Make, fmt: str) -> None:
    (made,) = make(GREY, watermarks.plain(), {**PLAIN, "format": fmt}, width="40%")
    left, top, width, height = 200 - 3 - 80, 100 - 3 - 40, 80, 40
    red, green, blue, alpha = _pixel(made, left + width // 2, top + height // 2)
    assert (red > 240, green < 25, blue < 25, alpha) == (True, True, True, 255)
    assert _pixel(made, 20, 20)[:3] == pytest.approx((100,) * 3, abs=4)


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp", "tiff", "bmp", "gif"])
def test_a_grey_original_gets_a_coloured_one(make: Make, fmt: str) -> None:
    grey = imagemagick.run(["png:-", "-colorspace", "gray", f"{fmt}:-"], GREY)
    (made,) = make(grey, watermarks.plain(), **{**HALF, "opacity": 1})
    assert _pixel(made, 100, 50)[:3] == pytest.approx((255, 0, 0), abs=1)
    assert _pixel(made, 10, 10)[:3] == pytest.approx((100,) * 3, abs=2)


@pytest.mark.parametrize(
    "arguments", [["-depth", "16", "png48:-"], ["-colorspace", "CMYK", "tiff:-"]]
)
def test_an_original_of_16_bits_or_in_cmyk_gets_it(
    make: Make, arguments: list[str]
) -> None:
    blob = imagemagick.run(["png:-", *arguments], GREY)
    (made,) = make(blob, watermarks.plain(), **{**HALF, "opacity": 1})
    assert _pixel(made, 100, 50)[:3] == pytest.approx((255, 0, 0), abs=1)


def test_a_transparent_variant_keeps_its_transparency(make: Make) -> None:
    clear = images.png_of([[(0, 0, 255, 0)] * 200] * 100)
    (made,) = make(clear, watermarks.plain(), **HALF)
    assert _pixel(made, 10, 10)[3] == 0
    assert _pixel(made, 100, 50) == pytest.approx((255, 0, 0, 128), abs=1)


def test_transparency_is_flattened_before(make: Make) -> None:
    clear = images.png_of([[(0, 0, 255, 0)] * 200] * 100)
    size = {**PLAIN, "format": "jpeg", "background": "#646464"}
    (made,) = make(clear, watermarks.plain(40, 20, (200, 200, 200)), size, **HALF)
    expected = _mixed(100, 200, 128 / 255)
    assert _pixel(made, 100, 50)[:3] == pytest.approx((expected,) * 3, abs=3)


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_every_frame_of_an_animation_has_it(make: Make, fmt: str) -> None:
    blob = images.gif((200, 100), *[((0, 0, 200, 100), 1)] * 3)
    white = watermarks.plain(40, 20, (255, 255, 255))
    (made,) = make(blob, white, {**PLAIN, "format": fmt}, **{**HALF, "opacity": 1})
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(made)]
    assert len(frames) == 3
    for frame, colour in zip(frames, images.CORNERS.values(), strict=False):
        assert _pixel(frame, 100, 50)[:3] == pytest.approx((255,) * 3, abs=6)
        assert _pixel(frame, 10, 50)[:3] == pytest.approx(colour, abs=24)


def test_narrow_variants_have_none(make: Make) -> None:
    """By their own width: that of a crop, too."""
    sizes = ["99x", "100x", {"geometry": "99x99^", "name": "crop", "crop": True}]
    made = make(GREY, watermarks.plain(), *sizes, minWidth=100, gravity="center")
    middles = [_pixel(one, one.width // 2, one.height // 2)[:3] for one in made]
    assert middles == [(100, 100, 100), (255, 0, 0), (100, 100, 100)]


def test_it_is_drawn_upright_after_the_crop(make: Make) -> None:
    """On a photo that is stored turned."""
    stored = images.exif_orientation(images.encoded("jpeg", 200, 100), 6)
    size = {"geometry": "50x50^", "name": "a", "crop": True, "format": "png"}
    rows = [[(255, 255, 255)] * 20] * 10 + [[(0, 0, 0)] * 20] * 10
    (made,) = make(stored, images.png_of(rows), size, width="40%", gravity="northeast")
    left, top = 50 - 2 - 20, 2
    assert _pixel(made, left + 10, top + 5)[:3] == pytest.approx((255,) * 3, abs=2)
    assert _pixel(made, left + 10, top + 15)[:3] == pytest.approx((0,) * 3, abs=2)


@pytest.mark.parametrize("sides", [(1, 1), (2, 1), (1, 300), (300, 1), (3, 3)])
@pytest.mark.parametrize("logo", [(1, 1), (2_000, 1), (1, 2_000), (300, 300)])
def test_a_watermark_larger_than_the_variant_is_scaled_down(
    make: Make, sides: tuple[int, int], logo: tuple[int, int]
) -> None:
    size = {"geometry": f"{sides[0]}x{sides[1]}!", "name": "a", "format": "png"}
    (made,) = make(GREY, watermarks.plain(*logo), size, width="100%")
    assert made.size == sides
    colours = made.convert("RGB").getcolors(100_000) or []
    assert any(colour != (100, 100, 100) for _, colour in colours)


def test_two_watermarks_at_once(box: Sandbox) -> None:
    logos = {"red": watermarks.plain(), "blue": watermarks.plain(9, 9, (0, 0, 255))}
    sizes = [
        {**PLAIN, "name": name, "watermark": {"file": name, **HALF, "opacity": 1}}
        for name in logos
    ]
    parsed = parse(json.dumps({"sizes": sizes}), lambda name: logos[name])
    for _ in range(2):  # the second time, the process has both
        variants = box.make_variants(GREY, parsed).variants
        made = [Pillow.open(io.BytesIO(one.body)) for one in variants]
        colours = [_pixel(image, 100, 50)[:3] for image in made]
        assert colours == [(255, 0, 0), (0, 0, 255)]


def test_large_scaled_watermarks_do_not_stay_in_memory(
    make: Make, box: Sandbox
) -> None:
    """Each of these takes 16 MB, and each original may lead to another size."""
    logo = watermarks.plain(40, 20, (255, 0, 0))

    def resident(*widths: int) -> int:
        for width in widths:
            size = {**PLAIN, "geometry": f"{width}x", "format": "jpeg"}
            make(GREY, logo, size, width="100%", gravity="center")
        pages = Path(f"/proc/{box.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    first = resident(2000, 2001)
    assert resident(*range(2002, 2012)) - first < 60_000_000


def test_a_new_process_gets_the_file_again(make: Make, box: Sandbox) -> None:
    (before,) = make(GREY, watermarks.plain())
    box.close()
    (after,) = make(GREY, watermarks.plain())
    assert before.tobytes() == after.tobytes()


def test_a_process_gets_the_file_once(
    make: Make, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []

    def send(stream: Any, header: Any, bodies: Any) -> None:
        sent.append(len(bodies))
        _send(stream, header, bodies)

    monkeypatch.setattr(protocol, "send", send)
    box.close()
    for _ in range(3):
        make(GREY, watermarks.plain())
    assert sent == [2, 1, 1]


@pytest.mark.parametrize("logo", [b"", b"\x89PNG\r\n\x1a\n", watermarks.plain()[:60]])
def test_a_missing_watermark_fails_and_rejects_no_upload(
    box: Sandbox, logo: bytes
) -> None:
    """A rejected upload would lose its variants."""
    text = json.dumps({"sizes": ["9x"], "watermark": {"file": f"sha256:{logo.hex()}"}})
    sizes = parse(text, lambda _: logo) if logo else parse(text)
    with pytest.raises(EngineFailed, match=r"the watermark .* cannot be decoded"):
        box.make_variants(GREY, sizes)


def test_a_watermark_outside_its_palette_rejects_no_upload(make: Make) -> None:
    """ImageMagick 7 finds that when it uses the pixels, and 6 draws them in black."""
    with suppress(EngineFailed):
        make(GREY, watermarks.png(colours=3, pixels=b"\0\xff\xff\xff\xff" * 4))
