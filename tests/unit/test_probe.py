"""The header readers: correct on real files, and safe on any others."""

from __future__ import annotations

import csv
import random
import struct
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_on_upload.errors import (
    CorruptImage,
    Rejected,
    TooManyPixels,
    UnsupportedVariant,
)
from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.headers import exif
from resize_on_upload.imaging.probe import Limits, probe
from tests.support import imagemagick, images, raw, ultra_hdr
from tests.support.damaged import survives
from tests.support.seeds import SEEDS
from tests.support.shared_files import CORPUS, needs_corpus

if TYPE_CHECKING:
    from pathlib import Path


OTHER_SIZES = {
    *("heic", "jxl", "jxl-boxes", "progressive", "animation", *raw.LAYOUTS),
}


@pytest.mark.parametrize("fmt", sorted(set(SEEDS) - OTHER_SIZES))
def test_the_size_is_read(fmt: str) -> None:
    found = probe(SEEDS[fmt], Limits())
    assert (found.header.width, found.header.height) == (37, 23)
    assert found.header.frames == 1
    assert found.header.orientation == (6 if fmt == "turned" else 1)


@pytest.mark.parametrize("fmt", ["gif", "webp"])
def test_frames_are_counted_up_to_one_above_the_limit(fmt: str) -> None:
    still = images.png(16, 16)
    arguments = ["-delay", "7", "png:-", "(", "+clone", "-negate", ")"]
    animation = imagemagick.run([*arguments, "-duplicate", "5,0-1", f"{fmt}:-"], still)
    assert probe(animation, Limits()).header.frames == 12
    assert probe(animation, Limits(frames=4)).header.frames == 5


def _bmp(header: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", header, 7, -5).ljust(124, b"\0")


@pytest.mark.parametrize("header", [16, 40, 56, 64, 108, 124])
def test_a_bmp_header_is_read(header: int) -> None:
    found = probe(_bmp(header), Limits()).header
    assert (found.width, found.height) == (7, 5)


@pytest.mark.parametrize("header", [41, 52, 55])
def test_a_bmp_header_with_an_invented_alpha_mask_is_refused(header: int) -> None:
    """ImageMagick reads four masks after 40 bytes; 52 have space for three."""
    with pytest.raises(UnsupportedVariant, match=f"{header} bytes.*save it as PNG"):
        probe(_bmp(header), Limits())


def test_the_message_states_the_limit() -> None:
    with pytest.raises(TooManyPixels, match="37x23 pixels; at most 850 in total"):
        probe(SEEDS["png"], Limits(pixels=850))
    probe(SEEDS["png"], Limits(pixels=851))


def _as_wide_as(width: int) -> bytes:
    return SEEDS["png"][:16] + struct.pack(">II", width, 1) + SEEDS["png"][24:]


def test_a_side_longer_than_the_policy_allows_is_rejected() -> None:
    probe(_as_wide_as(32_000), Limits())
    with pytest.raises(TooManyPixels, match=r"32001x1 pixels; .* 32000 per side"):
        probe(_as_wide_as(32_001), Limits())


@pytest.mark.parametrize(
    ("kind", "orientation"), [(3, 6), (1, 1), (2, 1), (4, 1), (7, 1)]
)
def test_an_orientation_is_a_short(kind: int, orientation: int) -> None:
    """In another type its bytes mean something else (EXIF 2.32, 4.6.4)."""
    entry = struct.pack(">HHIHH", 0x0112, kind, 1, 6, 0)
    block = b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    assert exif.orientation(b"Exif\0\0" + block) == orientation


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12),
    st.integers(0, 2_000),
)
def test_a_mutated_header_is_read_or_rejected(
    seed: str, changes: list[tuple[int, int]], cut: int
) -> None:
    """Changed bytes and cuts cause no other error than a rejection."""
    blob = bytearray(SEEDS[seed])
    for at, value in changes:
        if at < len(blob):
            blob[at] = value
    survives(bytes(blob[: max(len(blob) - cut, 0)]))
    survives(bytes(blob))


@given(st.sampled_from(sorted(SEEDS)), st.binary(max_size=300))
def test_any_bytes_after_a_magic_number_are_survived(seed: str, tail: bytes) -> None:
    for keep in (4, 8, 12, 30):
        survives(SEEDS[seed][:keep] + tail)


@needs_corpus
def test_mutated_real_files_are_survived() -> None:
    """Files of the corpus, their first bytes damaged at random; bounded in time."""
    rng = random.Random(7)  # noqa: S311 - the same damage in every run
    files = [f for f in _corpus() if f.stat().st_size < 300_000]
    for file in rng.sample(files, 400):
        blob = bytearray(file.read_bytes())
        for _ in range(rng.randint(1, 8)):
            if blob:
                blob[rng.randrange(min(len(blob), 4_000))] = rng.randrange(256)
        survives(bytes(blob))


@needs_corpus
def test_real_sizes_match_the_index() -> None:
    """1,178 files whose sizes another program read."""
    disagree = []
    with (CORPUS / "INDEX.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if "x" not in row["WxH"] or "corrupt" in row["features"]:
                continue
            try:
                header = probe((CORPUS / row["path"]).read_bytes(), Limits()).header
            except Rejected:
                continue
            if f"{header.width}x{header.height}" != row["WxH"]:
                disagree.append(row["path"].rsplit("/", 1)[1])
    assert set(disagree) <= {
        # The index has these rotated, and without frames outside their canvas.
        *(f"g4_orientation_{value}.tif" for value in range(5, 9)),
        "test_extents.gif",
        "test_extents_transparency.gif",
        # The index has these as stored; irot turns them by a quarter.
        *(f"rot{turns}mir{mirror}.avif" for turns in (1, 3) for mirror in (0, 1)),
        "abc_color_irot_alpha_NOirot.avif",
        "abc_color_irot_alpha_irot.avif",
        "clop_irot_imor.avif",
        # HEVC pads to even sizes; the decoder crops the padding.
        "gopher-front.heif",
        "tree.heic",
    }


def _corpus() -> list[Path]:
    return sorted(f for f in CORPUS.rglob("*") if f.is_file() and f.suffix != ".tsv")


def _gif_of(parts: bytes) -> bytes:
    """A GIF with these bytes between its palette and its image."""
    blob = images.encoded("gif", 20, 20)
    at = 13 + (3 << ((blob[10] & 7) + 1))
    return blob[:at] + parts + blob[at:]


def _jpeg_of(parts: bytes) -> bytes:
    """A JPEG with these bytes before its first scan."""
    blob = images.encoded("jpeg", 20, 20)
    at = blob.index(b"\xff\xda")
    return blob[:at] + parts + blob[at:]


HEIF_BOXES = b"\0\0\0\x08free" * 1_000_000
TINY_PARTS = {
    "gif-extensions": lambda: _gif_of(b"\x21\xfe\0" * 3_000_000),
    "gif-unknown-bytes": lambda: _gif_of(b"\x01" * 3_000_000),
    "gif-sub-blocks": lambda: _gif_of(b"\x21\xfe" + b"\x01x" * 3_000_000 + b"\0"),
    "jpeg-comments": lambda: _jpeg_of(b"\xff\xfe\0\x02" * 1_000_000),
    "heif-boxes": lambda: (
        selftest.HEIC[: int.from_bytes(selftest.HEIC[:4])]
        + struct.pack(">I4sI", 12 + len(HEIF_BOXES), b"meta", 0)
        + HEIF_BOXES
    ),
}


@pytest.mark.parametrize("name", TINY_PARTS)
def test_a_file_of_tiny_parts_is_rejected_before_it_costs_much(name: str) -> None:
    """The header is read in Python, twice, and the decoder's timeout does not apply."""
    with pytest.raises(CorruptImage, match=r"it has more than \d+ parts"):
        probe(TINY_PARTS[name](), Limits())


EXIF = b"MM\0*\0\0\0\x08\2\0" + struct.pack(">HHII", 1, 2, 1, 0) * 512


def _with_exif(fmt: str, times: int) -> bytes:
    """An image with this block many times."""
    blob = images.encoded(fmt)
    if fmt == "jpeg":
        return ultra_hdr.with_segments(
            blob, ultra_hdr.segment(0xE1, b"Exif\0\0" + EXIF) * times
        )
    if fmt == "png":
        return blob[:33] + images.chunk(b"eXIf", EXIF) * times + blob[33:]
    more = images.riff_chunk(b"EXIF", EXIF) * times
    return images.riff_chunk(b"RIFF", blob[8:] + more)


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp"])
def test_of_many_exif_blocks_one_is_read(fmt: str) -> None:
    """Each takes up to a millisecond, and a file can have 20,000 of them."""
    blob = _with_exif(fmt, 1_500)
    began = time.process_time()
    probe(blob, Limits())
    assert time.process_time() - began < 0.4


def test_a_long_gif_is_not_a_file_of_tiny_parts() -> None:
    """128 MB of full blocks, as encoders write them."""
    blob = _gif_of(b"\x21\xfe" + (b"\xff" + b"x" * 255) * 500_000 + b"\0")
    assert probe(blob, Limits()).header.width == 20
