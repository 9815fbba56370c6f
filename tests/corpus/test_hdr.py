"""Sizes with `"hdr": "keep"`: smaller gain maps, or the image without one."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pyvips
from PIL import Image as Pillow
from PIL.MpoImagePlugin import MpoImageFile

from resize_on_upload.imaging import gain_map, srgb
from resize_on_upload.imaging.headers.exif import displayed_size
from resize_on_upload.imaging.imagemagick.magick import WandException
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes.parser import parse
from tests.support import images, ultra_hdr
from tests.support.shared_files import PHONES, needs_phones
from tests.support.ultra_hdr import BRIGHT, DARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.imaging.results import ImageResult, Variant
    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

SQUARE = {"geometry": "50x50^", "name": "square", "crop": True}
RED = (220, 30, 30)


def _make(sandbox: Sandbox, blob: bytes, *sizes: Any, hdr: str = "keep") -> ImageResult:
    document = {"hdr": hdr, "sizes": sizes or ["120x"]}
    return sandbox.make_variants(blob, parse(json.dumps(document)))


def _only(sandbox: Sandbox, blob: bytes, *sizes: Any) -> Variant:
    result = _make(sandbox, blob, *sizes)
    assert result.hdr is True
    (variant,) = result.variants
    return variant


def _numbers(body: bytes) -> dict[str, Any]:
    """The gain map's numbers as libultrahdr reads them: gains are not logarithms."""
    image = pyvips.Image.new_from_buffer(body, "")
    assert image.get("vips-loader") == "uhdrload_buffer"
    names = (name for name in image.get_fields() if name.startswith("gainmap-"))
    return {name[8:]: image.get(name) for name in names}


def _both(body: bytes) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The base and its gain map as Pillow reads them, by the index of images."""
    image = MpoImageFile(io.BytesIO(body))
    assert image.n_frames == 2
    base = np.asarray(image.convert("RGB")).astype(int)
    image.seek(1)
    assert image.mode == "L"
    return base, np.asarray(image).astype(int)


def _is_aligned(body: bytes) -> bool:
    """Whether the gain map is dark where its base is red, and bright elsewhere."""
    base, gain_map = _both(body)
    height, width = base.shape[:2]
    scaled = Pillow.fromarray(gain_map.astype(np.uint8)).resize((width, height), 0)
    is_red = np.abs(base - RED).sum(axis=2) < 60
    is_dark = np.asarray(scaled) < (DARK + BRIGHT) / 2
    return bool(is_red.mean() < 0.97 and (is_red != is_dark).mean() < 0.05)


def test_libultrahdr_reads_the_numbers_of_the_original(sandbox: Sandbox) -> None:
    body = _only(sandbox, ultra_hdr.photo()).body
    found = _numbers(body)
    assert found["max-content-boost"] == pytest.approx([2**2.5] * 3)
    assert found["min-content-boost"] == pytest.approx([2**0.25] * 3)
    assert found["hdr-capacity-max"] == pytest.approx(2**2.5)
    assert found["offset-sdr"] == [0.015625] * 3
    assert found["gamma"] == [1] * 3
    assert found["scale-factor"] == 4
    assert images.dimensions(body) == (120, 80)


def test_the_base_is_the_variant_without_hdr(sandbox: Sandbox) -> None:
    """Its pixels are the same: only segments are added, and the gain map."""
    blob = ultra_hdr.photo()
    (dropped,) = _make(sandbox, blob, hdr="drop").variants
    body = _only(sandbox, blob).body
    start = dropped.body.index(b"\xff\xdb")
    assert body.startswith(dropped.body[:start])
    assert dropped.body[start:] in body


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_gain_map_is_upright_like_its_base(
    sandbox: Sandbox, orientation: int
) -> None:
    blob = ultra_hdr.photo(orientation=orientation)
    variant = _only(sandbox, blob, "120x120")
    assert displayed_size((120, 80), orientation) == (variant.width, variant.height)
    assert _is_aligned(variant.body)


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize(
    "size",
    [
        {**SQUARE, "gravity": "center"},
        {**SQUARE, "geometry": "40x60^", "gravity": "center"},
        {**SQUARE, "geometry": "170x110^", "gravity": "southeast"},
        {**SQUARE, "geometry": "170x110^", "gravity": "northwest"},
        {**SQUARE, "geometry": "170x110^", "gravity": "auto"},
        {**SQUARE, "geometry": "100x150^", "gravity": "northwest"},
        {**SQUARE, "geometry": "100x150^", "gravity": "southeast"},
        {"geometry": "90x30!", "name": "distorted"},
        {"geometry": "400x", "name": "enlarged"},
        {"geometry": "240x", "name": "unchanged"},
    ],
    ids=lambda size: f"{size['geometry']}-{size.get('gravity', '')}",
)
def test_the_gain_map_shows_the_same_part(
    sandbox: Sandbox, size: dict[str, Any], orientation: int
) -> None:
    assert _is_aligned(
        _only(sandbox, ultra_hdr.photo(orientation=orientation), size).body
    )


def test_only_jpegs_keep_it(sandbox: Sandbox) -> None:
    formats = [
        {"geometry": "60x", "name": name, "format": name}
        for name in ("jpeg", "png", "webp", "gif")
    ]
    result = _make(sandbox, ultra_hdr.photo(), *formats)
    assert [variant.hdr for variant in result.variants] == [True, False, False, False]


def test_siblings_do_not_keep_it(sandbox: Sandbox) -> None:
    size = {"geometry": "120x", "formats": ["webp", "original"]}
    original, webp = _make(sandbox, ultra_hdr.photo(), size).variants
    assert (original.hdr, webp.content_type, webp.hdr) == (True, "image/webp", False)


def test_a_sibling_may_be_made_alone(sandbox: Sandbox) -> None:
    """It is compared with its fallback, which keeps the gain map, but is not wanted."""
    entry = {"geometry": "120x", "formats": ["webp", "original"], "hdr": "keep"}
    _, sibling = parse(json.dumps({"sizes": [entry]}))
    result = sandbox.make_variants(ultra_hdr.photo(), [sibling])
    assert (result.variants[0].content_type, result.hdr) == ("image/webp", None)


def test_it_is_next_to_the_copyright(sandbox: Sandbox) -> None:
    credit = Pillow.Exif()
    credit[0x8298] = "Jo"
    exif = ultra_hdr.segment(0xE1, b"Exif\0\0" + credit.tobytes()[6:])
    blob = ultra_hdr.photo(exif=exif)
    variant = _only(sandbox, blob, {"geometry": "120x", "copyright": True})
    assert Pillow.open(io.BytesIO(variant.body)).getexif()[0x8298].strip("\0") == "Jo"
    assert _numbers(variant.body)["scale-factor"] == 4


def test_sharpening_does_not_change_the_gain_map(sandbox: Sandbox) -> None:
    plain, sharp = (
        _both(_only(sandbox, ultra_hdr.photo(), {"geometry": "90x", **sharpen}).body)
        for sharpen in ({}, {"sharpen": 2})
    )
    assert (plain[0] != sharp[0]).any()
    assert (plain[1] == sharp[1]).all()


@pytest.mark.parametrize("room", [-1, 0])
def test_the_gain_map_counts_among_the_bytes(sandbox: Sandbox, room: int) -> None:
    """It is left out if it does not fit."""
    blob = ultra_hdr.photo()
    length = len(_only(sandbox, blob).body) + room
    result = _make(sandbox, blob, {"geometry": "120x", "maxBytes": length})
    (variant,) = result.variants
    assert len(variant.body) <= length
    if room:
        assert (variant.hdr, result.hdr) == (False, "over-max-bytes")
    else:
        assert (variant.hdr, result.hdr) == (True, True)


@pytest.mark.parametrize("scale", [1, 2, 3, 7])
def test_a_gain_map_of_any_scale_is_kept(sandbox: Sandbox, scale: int) -> None:
    body = _only(sandbox, ultra_hdr.photo(scale=scale)).body
    base, gain_map = _both(body)
    assert gain_map.shape[1] == pytest.approx(base.shape[1] / scale, abs=1)
    assert _is_aligned(body)


@pytest.mark.parametrize("hdr", ["drop", "keep"])
def test_an_ordinary_photo_is_the_same_with_and_without(
    sandbox: Sandbox, hdr: str
) -> None:
    plain = images.encoded("jpeg", 240, 160)
    result = _make(sandbox, plain, hdr=hdr)
    assert (result.hdr, result.variants[0].hdr) == (None, False)
    assert result.variants[0].body == _make(sandbox, plain).variants[0].body


@needs_phones
@pytest.mark.parametrize(
    ("name", "headroom", "scale"),
    [
        ("ultrahdr_01", 2**2.656715, 4),
        ("ultrahdr_02", 2**2.039969, 4),
        ("ultrahdr_04", 2**2.057993, 4),
        ("apple_gainmap_new", 4.532783, 2),
        ("apple_gainmap_old", 8, 2),
    ],
)
def test_the_gain_map_of_a_phone_is_kept(
    sandbox: Sandbox, name: str, headroom: float, scale: int
) -> None:
    blob = (PHONES / f"{name}.jpg").read_bytes()
    found = _numbers(_only(sandbox, blob, "300x").body)
    assert found["max-content-boost"] == pytest.approx([headroom] * 3, rel=1e-5)
    assert found["hdr-capacity-max"] == pytest.approx(headroom, rel=1e-5)
    assert found["scale-factor"] == scale


@needs_phones
@pytest.mark.parametrize("name", ["ultrahdr_01", "ultrahdr_02", "ultrahdr_04"])
def test_a_small_hdr_image_looks_like_the_large_one(
    sandbox: Sandbox, name: str
) -> None:
    """As libultrahdr renders both for an HDR screen; in stops of luminance."""
    blob = (PHONES / f"{name}.jpg").read_bytes()
    small = _rendered(_only(sandbox, blob, "400x").body)
    large = _rendered(blob)
    large = large.resize(400 / large.width, vscale=small.height / large.height)
    stops = [np.log2(np.maximum(each.numpy(), 0.02)) for each in (small, large)]
    assert np.median(np.abs(stops[0] - stops[1])) < 0.06
    assert np.abs(stops[0].mean() - stops[1].mean()) < 0.12


def _rendered(blob: bytes) -> Any:
    """Linear luminance of the HDR image; 1 is the white of an SDR screen."""
    image = pyvips.Image.new_from_buffer(blob, "").uhdr2scRGB()
    return image.recomb([[0.2126, 0.7152, 0.0722]])


KEPT = parse('{"hdr": "keep", "sizes": ["120x"]}')
BASE = images.encoded("jpeg", 240, 160)
MAP, GREY = ultra_hdr.gain_map(), ultra_hdr.grey(60, 40)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
JUNK = "<rdf:li><hdrgm:GainMapMax><rdf:Seq><Container:Item " * 1_100


def _resized_header(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG, with other dimensions in its header."""
    at = jpeg.index(b"\xff\xc0") + 5
    sides = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return jpeg[:at] + sides + jpeg[at + 4 :]


def _bomb() -> bytes:
    """A progressive gain map that is sent in a thousand scans."""
    image = Pillow.new("L", (200, 140), 90)
    jpeg = ultra_hdr.encoded(image, progressive=True)
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    bomb = jpeg[:-2] + scan * 1_000 + b"\xff\xd9"
    return ultra_hdr.with_segments(bomb, ultra_hdr.numbers())


def _with_index(*entries: tuple[int, int], count: int | None = None) -> bytes:
    return ultra_hdr.with_segments(BASE, ultra_hdr.mpf(*entries, count=count)) + MAP


def _listed(length: int, padding: int = 0) -> bytes:
    listed = ultra_hdr.directory(length, padding=padding)
    return ultra_hdr.with_segments(BASE, listed) + MAP


HOSTILE: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "an offset outside of the file": (
        lambda: _with_index((0, 0), (len(MAP), 2**32 - 1)),
        "broken-index",
    ),
    "a length outside of the file": (
        lambda: _with_index((0, 0), (2**32 - 1, 9_000)),
        "broken-index",
    ),
    "a gain map inside of the base": (
        lambda: _with_index((0, 0), (400, 300)),
        "broken-index",
    ),
    "the base as its own gain map": (
        lambda: _with_index((0, 0), (len(BASE), 0)),
        "broken-index",
    ),
    "gain maps that overlap": (
        lambda: _with_index((0, 0), *_overlapping()),
        "broken-index",
    ),
    "65,535 entries": (lambda: _with_index((0, 0), count=65_535), "broken-index"),
    "four billion entries": (
        lambda: _with_index((0, 0), count=2**32 - 1),
        "broken-index",
    ),
    "an index without entries": (lambda: _with_index(count=0), None),
    "an index that is cut off": (
        lambda: ultra_hdr.with_segments(
            BASE, ultra_hdr.segment(0xE2, b"MPF\0MM\0*\0\0\0\x08\0")
        ),
        "broken-index",
    ),
    "a listed length outside of the file": (
        lambda: _listed(10**9),
        "broken-index",
    ),
    "a listed padding outside of the file": (
        lambda: _listed(len(MAP), padding=10**8),
        "broken-index",
    ),
    "a gain map with a gain map": (
        lambda: ultra_hdr.joined(BASE, _chained()),
        "chained",
    ),
    "a gain map that lists a gain map": (
        lambda: ultra_hdr.joined(
            BASE,
            ultra_hdr.with_segments(GREY, ultra_hdr.numbers(), ultra_hdr.directory(99)),
        ),
        "chained",
    ),
    "60 kB of nested junk": (
        lambda: ultra_hdr.joined(
            BASE, ultra_hdr.with_segments(GREY, ultra_hdr.xmp("", JUNK))
        ),
        None,
    ),
    "60 kB of nested junk in numbers": (
        lambda: ultra_hdr.joined(
            BASE,
            ultra_hdr.with_segments(GREY, ultra_hdr.xmp('hdrgm:Version="1.0"', JUNK)),
        ),
        "unknown-metadata",
    ),
    "30,000 pixels per side": (
        lambda: ultra_hdr.joined(BASE, _resized_header(MAP, 30_000, 30_000)),
        "too-large",
    ),
    "65,000 pixels per side": (
        lambda: ultra_hdr.joined(BASE, _resized_header(MAP, 65_000, 65_000)),
        "too-large",
    ),
    "more pixels than the base": (
        lambda: ultra_hdr.joined(BASE, ultra_hdr.gain_map(241, 160)),
        "too-large",
    ),
    "higher than the base, with fewer pixels": (
        lambda: ultra_hdr.joined(BASE, ultra_hdr.gain_map(60, 161)),
        "too-large",
    ),
    "wider than the base, with fewer pixels": (
        lambda: ultra_hdr.joined(BASE, ultra_hdr.gain_map(241, 40)),
        "too-large",
    ),
    "no pixels": (
        lambda: ultra_hdr.joined(BASE, _resized_header(MAP, 0, 40)),
        "broken",
    ),
    "dimensions that its pixels do not fill": (
        lambda: ultra_hdr.joined(BASE, _resized_header(MAP, 60, 140)),
        "broken",
    ),
    "a gain map that is cut off": (
        lambda: ultra_hdr.joined(BASE, MAP[: len(MAP) // 2]),
        "broken",
    ),
    "a PNG": (lambda: ultra_hdr.joined(BASE, images.png(60, 40)), "not-a-jpeg"),
    "an SVG": (lambda: ultra_hdr.joined(BASE, SVG), "not-a-jpeg"),
    "an MVG": (
        lambda: ultra_hdr.joined(BASE, b"viewbox 0 0 9 9 image over 0,0 9,9 '/x'"),
        "not-a-jpeg",
    ),
    "a thousand scans": (lambda: ultra_hdr.joined(BASE, _bomb()), "too-many-scans"),
    "a base that is HDR": (
        lambda: ultra_hdr.joined(BASE, ultra_hdr.gain_map(BaseRenditionIsHDR="True")),
        "base-is-hdr",
    ),
    "seventeen gain maps": (
        lambda: ultra_hdr.joined(BASE, *[MAP] * 17),
        "broken-index",
    ),
    "another image, as old cameras add": (
        lambda: ultra_hdr.joined(BASE, images.encoded("jpeg", 60, 40)),
        None,
    ),
}


def _overlapping() -> tuple[tuple[int, int], tuple[int, int]]:
    start = len(_with_index((0, 0), (0, 0), (0, 0))) - len(MAP) - 10
    half = len(MAP) // 2
    return (len(MAP), start), (half, start + half)


def _chained() -> bytes:
    inner = ultra_hdr.joined(ultra_hdr.grey(60, 40), MAP)
    return ultra_hdr.with_segments(inner, ultra_hdr.numbers())


P3 = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
PROFILES = {"no profile": b"", "sRGB": srgb.PROFILE, "P3": srgb.profile(P3)}
THREE = "".join(f"<rdf:li>{number}</rdf:li>" for number in (1, 2, 2))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("colours", ["grey", "neutral", "red", "three numbers"])
def test_a_gain_map_with_colours_fits_srgb_alone(colours: str, profile: str) -> None:
    """One gain for all channels is the same in any colour space."""
    if colours == "three numbers":
        lists = f"<hdrgm:GainMapMax><rdf:Seq>{THREE}</rdf:Seq></hdrgm:GainMapMax>"
        metadata = ultra_hdr.xmp('hdrgm:Version="1.0" hdrgm:HDRCapacityMax="2"', lists)
    else:
        metadata = ultra_hdr.numbers()
    mode, colour = {
        "neutral": ("RGB", (90, 90, 90)),
        "red": ("RGB", (200, 60, 60)),
    }.get(colours, ("L", 90))
    jpeg = ultra_hdr.encoded(Pillow.new(mode, (60, 40), colour))
    base = BASE
    if icc := PROFILES[profile]:
        icc = ultra_hdr.segment(0xE2, b"ICC_PROFILE\0\1\1" + icc)
        base = ultra_hdr.with_segments(BASE, icc)
    blob = ultra_hdr.joined(base, ultra_hdr.with_segments(jpeg, metadata))
    result = make_variants(blob, KEPT)
    fits = profile != "P3" or colours in ("grey", "neutral")
    assert result.hdr == (True if fits else "other-colors")
    if fits:
        image = MpoImageFile(io.BytesIO(result.variants[0].body))
        image.seek(1)
        assert image.mode == ("RGB" if colours == "red" else "L")


@pytest.mark.parametrize("limit", [2_400, 2_399])
def test_pixels_count_once_per_scan(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """A large gain map may have few scans."""
    monkeypatch.setattr(gain_map, "MAX_SCANNED_PIXELS", limit)
    result = make_variants(ultra_hdr.photo(), KEPT)
    assert result.hdr == (True if limit == 60 * 40 else "too-many-scans")


@pytest.mark.parametrize("error", [MemoryError, WandException])
def test_without_memory_for_it_the_image_is_written(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """And the upload is not rejected."""

    def fail(*_: object) -> None:
        raise error

    plain = make_variants(BASE, KEPT).variants[0]
    monkeypatch.setattr(gain_map, "_shaped", fail)
    result = make_variants(ultra_hdr.photo(), KEPT)
    assert (result.hdr, result.variants[0].body) == ("too-large", plain.body)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_gain_map_is_dropped(sandbox: Sandbox, name: str) -> None:
    """The base is written without it, as if nothing had been asked for."""
    make, reason = HOSTILE[name]
    blob = make()
    before = time.process_time()
    result = _make(sandbox, blob)
    assert time.process_time() - before < 1
    assert (result.hdr, result.variants[0].hdr) == (reason, False)
    dropped = _make(sandbox, blob, hdr="drop")
    assert result.variants[0].body == dropped.variants[0].body
