"""The threat table, one test per row: the outcomes allowed for a hostile or odd file.

Rows about keys, events, S3 and the configuration (64-86) are with the tests of their
step; `pytest -k threat_64`, or the number in an id, finds them.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.errors import Rejected
from resize_on_upload.sizes.parser import parse
from tests.support import heif, imagemagick, images, jxl, raw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.serial  # one canary for the machine

SIZES = parse('{"sizes": ["150x", "50x50"]}')
WRITTEN = "written"

JPEG = images.encoded("jpeg")
PNG = images.png(40, 30)
GIF = images.encoded("gif", 40, 30)
WEBP = images.encoded("webp", 40, 30)
TIFF = images.encoded("tiff", 40, 30)
BMP = images.encoded("bmp", 40, 30)
AVIF = images.encoded("avif", 40, 30)
ITEM = heif.still(40, 30)
HUGE = heif.claiming(ITEM, 30_000, 30_000)


def _png(width: int, height: int, depth: int = 1, kind: int = 0) -> bytes:
    """A valid one-colour PNG of any size, in a few kilobytes."""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[kind]
    row = b"\0" * (1 + (width * depth * channels + 7) // 8)
    packer = zlib.compressobj(9)
    data = io.BytesIO()
    for _ in range(height):
        data.write(packer.compress(row))
    data.write(packer.flush())
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return _chunks((b"IHDR", header), (b"IDAT", data.getvalue()), (b"IEND", b""))


def _chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(images.chunk(name, content) for name, content in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def _with(*chunks: bytes) -> bytes:
    """The PNG with more chunks after its header."""
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def _text(size: int) -> bytes:
    return images.chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(size)))


def _segment(code: int, body: bytes) -> bytes:
    return bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body


def _with_segments(*segments: bytes) -> bytes:
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def _gif_screen(width: int, height: int) -> bytes:
    return GIF[:6] + struct.pack("<HH", width, height) + GIF[10:]


def _animation(frames: int, side: int) -> bytes:
    """The same image in all frames."""
    still = images.encoded("gif", side, side)
    start = 13 + (3 << ((still[10] & 7) + 1))
    return still[:start] + still[start:-1] * frames + b";"


def _bmp(width: int, height: int) -> bytes:
    return BMP[:18] + struct.pack("<ii", width, height) + BMP[26:]


def _exif(value: int, kind: int = 3) -> bytes:
    entry = struct.pack(">HHIHH", 0x0112, kind, 1, value, 0)
    tiff = b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 8)
    return _with_segments(_segment(0xE1, b"Exif\0\0" + tiff))


def _damaged(blob: bytes, name: bytes) -> bytes:
    """The file with a wrong checksum of a chunk."""
    at = blob.index(name)
    length = int.from_bytes(blob[at - 4 : at], "big")
    end = at + 4 + length
    return blob[:end] + bytes(4) + blob[end + 4 :]


NOISE = random.Random(1).randbytes(1_000_000)  # noqa: S311 - the same every time
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'>"

UNSUPPORTED = {"unsupported-format"}
MANY = {"too-many-pixels"}
BAD = {"corrupt", "truncated"}

# fmt: off
# row, what, bytes, the outcomes allowed
THREATS: list[tuple[int, str, Callable[[], bytes], set[str]]] = [
    (1, "empty", lambda: b"", {"empty"}),
    (2, "one byte", lambda: b"\xff", UNSUPPORTED),
    (2, "spaces", lambda: b"    ", UNSUPPORTED),
    (3, "zeros", lambda: bytes(1_000_000), UNSUPPORTED),
    (3, "noise", lambda: NOISE, UNSUPPORTED),
    (4, "html", lambda: b"<!DOCTYPE html><html></html>", UNSUPPORTED),
    (4, "zip", lambda: b"PK\x03\x04" + bytes(99), UNSUPPORTED),
    (4, "gzip", lambda: b"\x1f\x8b\x08" + bytes(99), UNSUPPORTED),
    (4, "pdf", lambda: b"%PDF-1.7\n", UNSUPPORTED),
    (4, "mp4", lambda: b"\0\0\0\x18ftypmp42" + bytes(99), UNSUPPORTED),
    (4, "avi", lambda: b"RIFF\0\0\0\0AVI " + bytes(99), UNSUPPORTED),
    (4, "exe", lambda: b"MZ" + bytes(99), UNSUPPORTED),
    (6, "gif with script", lambda: GIF + b"<script>alert(1)</script>", {WRITTEN}),
    (6, "jpeg with zip", lambda: JPEG + b"PK\x03\x04" + bytes(99), {WRITTEN}),
    (7, "svg", lambda: SVG + b"</svg>", UNSUPPORTED),
    (
        8,
        "svg local file",
        lambda: SVG + b"<image x:href='/srv/canary/secret.txt'/></svg>",
        UNSUPPORTED,
    ),
    (
        9,
        "svg http",
        lambda: SVG + b"<image x:href='http://127.0.0.1/'/></svg>",
        UNSUPPORTED,
    ),
    (
        10,
        "svg text:",
        lambda: SVG + b"<image x:href='text:/srv/canary/secret.txt'/></svg>",
        UNSUPPORTED,
    ),
    (
        11,
        "svg xxe",
        lambda: (
            b"<?xml version='1.0'?><!DOCTYPE s [<!ENTITY x SYSTEM '/srv/canary/secret.txt'>]>"
            + SVG
            + b"<text>&x;</text></svg>"
        ),
        UNSUPPORTED,
    ),
    (
        13,
        "svg nested",
        lambda: SVG + b"<g>" * 100_000 + b"</g>" * 100_000 + b"</svg>",
        UNSUPPORTED,
    ),
    (
        14,
        "svg utf-16",
        lambda: "<svg xmlns='http://www.w3.org/2000/svg'/>".encode("utf-16"),
        UNSUPPORTED,
    ),
    (
        15,
        "mvg shell",
        lambda: (
            b"push graphic-context\nimage over 0,0 0,0 'https://x\"|touch /srv/canary/x\"'\n"
        ),
        UNSUPPORTED,
    ),
    (
        16,
        "mvg file",
        lambda: b"image over 0,0 0,0 'ephemeral:/srv/canary/secret.txt'\n",
        UNSUPPORTED,
    ),
    (
        17,
        "msl",
        lambda: (
            b"<?xml version='1.0'?><image><read filename='/srv/canary/secret.txt'/></image>"
        ),
        UNSUPPORTED,
    ),
    (
        18,
        "postscript",
        lambda: b"%!PS\n(%pipe%touch /srv/canary/x) (w) file\n",
        UNSUPPORTED,
    ),
    (
        19,
        "text pixels",
        lambda: b"# ImageMagick pixel enumeration: 15000,15000,255,srgb\n",
        UNSUPPORTED,
    ),
    (
        20,
        "miff",
        lambda: (
            b"id=ImageMagick  class=DirectClass\ncolumns=15000  rows=15000\n\f\n:\x1a"
        ),
        UNSUPPORTED,
    ),
    (21, "pnm", lambda: b"P6 9 9 255\n" + bytes(243), UNSUPPORTED),
    (21, "photoshop", lambda: b"8BPS\0\1" + bytes(99), UNSUPPORTED),
    (22, "pseudo formats", lambda: b"caption:@/srv/canary/secret.txt", UNSUPPORTED),
    (
        23,
        "png profile path",
        lambda: _with(images.chunk(b"tEXt", b"profile\0/srv/canary/secret.txt")),
        {WRITTEN},
    ),
    (
        24,
        "png profile stdin",
        lambda: _with(images.chunk(b"tEXt", b"profile\0-")),
        {WRITTEN},
    ),
    (25, "png 200 MB text", lambda: _with(_text(200_000_000)), {WRITTEN}),
    (26, "png 500 texts", lambda: _with(*[_text(1_000_000)] * 500), {WRITTEN}),
    (
        26,
        "png 100,000 texts",
        lambda: _with(*[images.chunk(b"tEXt", b"a\0b")] * 100_000),
        {WRITTEN},
    ),
    (
        27,
        "png profile bomb",
        lambda: _with(
            images.chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200_000_000)))
        ),
        {WRITTEN},
    ),
    (
        27,
        "png profile broken",
        lambda: _with(images.chunk(b"iCCP", b"x\0\0" + b"broken")),
        {WRITTEN},
    ),
    (
        28,
        "png claims 50,000",
        lambda: PNG[:16] + struct.pack(">II", 50_000, 50_000) + PNG[24:],
        MANY,
    ),
    (29, "png 16383 sq", lambda: _png(16_383, 16_383), MANY),
    (
        30,
        "png 65536 sq",
        lambda: PNG[:16] + struct.pack(">II", 65_536, 65_536) + PNG[24:],
        MANY,
    ),
    (
        30,
        "png 2^32",
        lambda: PNG[:16] + struct.pack(">II", 2**32 - 1, 536_883_232) + PNG[24:],
        MANY,
    ),
    (31, "png 108 MP", lambda: _png(12_000, 9_000, depth=8), MANY),
    (31, "png just fits", lambda: _png(10_000, 5_000), {WRITTEN}),
    (31, "png just too many", lambda: _png(10_000, 5_001), MANY),
    (32, "png no width", lambda: PNG[:16] + bytes(4) + PNG[20:], {"corrupt"}),
    (33, "png bad checksum", lambda: _damaged(PNG, b"IHDR"), BAD),
    (33, "png bad pixels", lambda: _damaged(PNG, b"IDAT"), {*BAD, WRITTEN}),
    (33, "png no pixels", lambda: PNG[:33] + PNG[-12:], BAD),
    (33, "png no end", lambda: PNG[:-12], {"truncated"}),
    (33, "png giant chunk", lambda: PNG[:33] + b"\x7f\xff\xff\xffIDAT", BAD),
    (34, "png no palette", lambda: PNG[:25] + b"\x03" + PNG[26:], BAD),
    (35, "apng no frames", lambda: _apng(0), {*BAD, WRITTEN}),
    (35, "apng 2^31 frames", lambda: _apng(2**31), {*BAD, WRITTEN}),
    (35, "apng disorder", lambda: _apng(2, order=(5, 3)), {*BAD, WRITTEN}),
    (36, "jpeg half", lambda: JPEG[: len(JPEG) // 2], {"truncated"}),
    (37, "jpeg no end", lambda: JPEG[:-2], {"truncated"}),
    (38, "jpeg 0x0", lambda: _jpeg_size(0, 0), BAD),
    (40, "jpeg odd bytes", lambda: JPEG[:20] + bytes(5) + JPEG[20:], {WRITTEN}),
    (40, "jpeg trailer", lambda: JPEG + JPEG, {WRITTEN}),
    (41, "jpeg newline", lambda: b"\n" + JPEG, UNSUPPORTED),
    (42, "jpeg 65500 sq", lambda: _jpeg_size(65_500, 65_500), MANY),
    (
        46,
        "jpeg lossless",
        lambda: JPEG.replace(b"\xff\xc0", b"\xff\xc3", 1),
        {"unsupported-variant"},
    ),
    (47, "exif 0", lambda: _exif(0), {WRITTEN}),
    (47, "exif 9", lambda: _exif(9), {WRITTEN}),
    (47, "exif 65535", lambda: _exif(65_535), {WRITTEN}),
    (47, "exif wrong type, loop", lambda: _exif(6, kind=2), {WRITTEN}),
    (
        48,
        "jpeg comments",
        lambda: _with_segments(*[_segment(0xFE, bytes(65_000))] * 20),
        {WRITTEN},
    ),
    (50, "gif 500 frames", lambda: _animation(500, 100), {"too-many-frames"}),
    (51, "gif 1024 frames", lambda: _animation(1_024, 8), {"too-many-frames"}),
    (52, "gif screen", lambda: _gif_screen(65_535, 65_535), MANY),
    (53, "gif no trailer", lambda: GIF[:-1], {*BAD, WRITTEN}),
    (53, "gif cut", lambda: GIF[: len(GIF) // 2], {*BAD, WRITTEN}),
    (54, "webp 38 bytes", lambda: _webp_lossless(16_383, 16_383), MANY),
    (55, "webp header only", lambda: WEBP[:12], BAD),
    (55, "webp cut", lambda: WEBP[: len(WEBP) // 2], BAD),
    (
        55,
        "webp size lies",
        lambda: WEBP[:4] + b"\xff\xff\xff\x7f" + WEBP[8:],
        {*BAD, WRITTEN},
    ),
    (56, "avif giant", lambda: _avif_size(17_000, 17_000), MANY),
    (56, "avif giant second", lambda: _avif_and(HUGE), {WRITTEN}),
    (56, "avif giant alpha", lambda: _avif_and(replace(HUGE, refers={b"auxl": (1,)})), MANY),
    (56, "avif cut", lambda: AVIF[: len(AVIF) // 2], BAD),
    (57, "jpeg xl", lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), BAD),
    (57, "jpeg xl bomb", lambda: jxl.file((2**30, 2**30)), MANY),
    (57, "jpeg xl of many channels", lambda: jxl.file((7_000, 7_000), channels=[jxl.DEPTH] * 4_000), MANY),
    (57, "jpeg xl in cmyk", lambda: jxl.file(channels=[jxl.BLACK]), {"unsupported-variant"}),
    (57, "vvc", lambda: b"\0\0\0\x18ftypvvic" + bytes(99), UNSUPPORTED),
    (58, "tiff giant", lambda: _tiff_size(15_000, 15_000), MANY),
    (59, "tiff beyond its end", lambda: TIFF[:4] + b"\xff\xff\xff\x7f" + TIFF[8:], BAD),
    (60, "bmp giant", lambda: _bmp(3_000_000, 2_000_000), MANY),
    (60, "bmp upside down", lambda: _bmp(40, -30), {WRITTEN}),
    (60, "bmp odd header", lambda: BMP[:14] + b"\x03\0\0\0" + BMP[18:], {"corrupt"}),
    (61, "icon", lambda: b"\0\0\1\0\xff\xff" + bytes(99), UNSUPPORTED),
    (62, "one pixel wide", lambda: _png(1, 20_000), {"result-too-large"}),
    (62, "one pixel high", lambda: _png(20_000, 1), {WRITTEN}),
    (63, "one pixel", lambda: images.png(1, 1), {WRITTEN}),
    *((88, f"heic of {kind!r}", lambda kind=kind: heif.file({1: replace(ITEM, kind=kind)}, 1, brand=b"heic"), {"unsupported-variant"}) for kind in (b"jpeg", b"avc1", b"vvc1", b"j2k1", b"mime")),
    *((87, f"{name} with a preview", lambda make=make: make(raw.Photo()), {WRITTEN}) for name, make in raw.LAYOUTS.items()),
    (87, "raw with a small preview", lambda: raw.nef(raw.Photo(JPEG)), {"unsupported-variant"}),
    (87, "raw with a script", lambda: raw.nef(raw.Photo(SVG + b"</svg>")), BAD),
    (87, "raw with a bomb", lambda: raw.nef(raw.Photo(_jpeg_size(65_000, 65_000))), MANY),
    (87, "raw with a preview elsewhere", lambda: raw.nef(raw.Photo(offset=2**32 - 1)), BAD),
]
# fmt: on


def _apng(frames: int, order: tuple[int, ...] = (0,)) -> bytes:
    """An animated PNG with a wrong number of frames, or with frames out of order."""
    control = images.chunk(b"acTL", struct.pack(">II", frames, 0))
    parts = []
    for number in order:
        box = struct.pack(">IIIIIHHBB", number, 40, 30, 0, 0, 1, 10, 0, 0)
        data = struct.pack(">I", number) + b"no frame"
        parts += [images.chunk(b"fcTL", box), images.chunk(b"fdAT", data)]
    return PNG[:33] + control + PNG[33:-12] + b"".join(parts) + PNG[-12:]


def _jpeg_size(width: int, height: int) -> bytes:
    at = JPEG.index(b"\xff\xc0")
    return JPEG[: at + 5] + struct.pack(">HH", height, width) + JPEG[at + 9 :]


def _webp_lossless(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + b"\x88\x88\x08"
    return (
        b"RIFF"
        + struct.pack("<I", 12 + len(body))
        + b"WEBPVP8L"
        + (struct.pack("<I", len(body)) + body)
    )


def _avif_size(width: int, height: int) -> bytes:
    at = AVIF.index(b"ispe")
    return AVIF[: at + 8] + struct.pack(">II", width, height) + AVIF[at + 16 :]


def _avif_and(item: heif.Item) -> bytes:
    """An AVIF with another item."""
    return heif.file({1: ITEM, 2: item}, 1)


def _tiff_size(width: int, height: int) -> bytes:
    changed = TIFF
    for tag, value in ((256, width), (257, height)):
        for entry in (struct.pack("<HHI", tag, 3, 1), struct.pack("<HHI", tag, 4, 1)):
            at = changed.find(entry)
            if at >= 0:
                changed = (
                    changed[: at + 8] + struct.pack("<I", value) + changed[at + 12 :]
                )
    return changed


@pytest.mark.parametrize(
    ("make", "allowed"),
    [
        pytest.param(make, allowed, id=f"{row}-{what.replace(' ', '-')}")
        for row, what, make, allowed in THREATS
    ],
)
def test_threat(
    sandbox: Sandbox, canary: Path, make: Callable[[], bytes], allowed: set[str]
) -> None:
    """The outcome is allowed; no variant is large or contains the canary."""
    try:
        result = sandbox.make_variants(make(), SIZES)
    except Rejected as error:
        assert error.reason in allowed, error
        assert str(error)
        return
    assert WRITTEN in allowed
    for variant in result.variants:
        assert b"CANARY" not in variant.body
        assert str(canary).encode() not in variant.body
        assert len(variant.body) < 100_000


@pytest.mark.parametrize(
    ("row", "name", "allowed"),
    [
        (12, "svg-billion-laughs.jpg", UNSUPPORTED),
        (12, "svg-use-bomb.svg", UNSUPPORTED),
        (14, "svg-huge-viewport.svg", UNSUPPORTED),
        (14, "gz-svg.jpg", UNSUPPORTED),
        (20, "mpc-path.jpg", {*UNSUPPORTED, *BAD}),
        (43, "jpeg-scanbomb-6900sq-1000.jpg", {WRITTEN, "decode-timeout"}),
        (44, "jpeg-48mp-progressive.jpg", {WRITTEN}),
        (50, "gif2-500-frames-500sq.gif", {"too-many-frames"}),
        (52, "gif-65535sq.gif", MANY),
        (59, "tiff-self-loop.tif", BAD),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_threat_file(
    sandbox: Sandbox, corpus: Path, row: int, name: str, allowed: set[str]
) -> None:
    """Rows whose files are in the corpus."""
    assert row
    blob = (corpus / "generated__shared" / name).read_bytes()
    try:
        sandbox.make_variants(blob, SIZES)
        code = WRITTEN
    except Rejected as error:
        code = error.reason
    assert code in allowed


def test_private_metadata_of_a_camera_is_removed(sandbox: Sandbox) -> None:
    """Row 49: GPS, a serial number, a thumbnail of the uncropped photo."""
    secret = b"SERIAL-4711 GPS-47.37N " + JPEG
    blob = _with_segments(
        _segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0" + secret[:60_000])
    )
    for variant in sandbox.make_variants(blob, SIZES).variants:
        assert b"SERIAL" not in variant.body
        assert b"GPS" not in variant.body
        assert variant.body.count(b"\xff\xd8\xff") == 1


def test_cmyk_keeps_its_colours(sandbox: Sandbox) -> None:
    """Row 45: Adobe's inverted CMYK without a profile."""
    blob = imagemagick.run(
        ["png:-", "-colorspace", "CMYK", "jpeg:-"], images.png(80, 80)
    )
    body = sandbox.make_variants(blob, SIZES).variants[0].body
    assert images.corners(body, "jpeg") == tuple(images.CORNERS)
