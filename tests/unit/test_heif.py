"""Of a HEIC or AVIF with several images, only the primary one counts."""

from __future__ import annotations

import random
import struct
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.errors import CorruptImage, TooManyPixels, UnsupportedVariant
from resize_on_upload.imaging.headers.base import BrokenHeaderError
from resize_on_upload.imaging.headers.boxed import heif as reader
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.parser import parse
from tests.support import heif

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = parse('{"sizes": ["20x"]}')
SMALL, LARGE = heif.still(60, 40), heif.still(300, 200)
TILE = heif.still(64, 64)
ALPHA = replace(heif.still(60, 40, heif.ALPHA), refers={b"auxl": (1,)})
THUMBNAIL = replace(heif.still(30, 20), refers={b"thmb": (1,)})
IDENTITY = heif.Item((heif.size(64, 64),), kind=b"iden", refers={b"dimg": (2,)})
COLUMN = heif.column(2, 3, width=64, height=128)

PRIMARIES: dict[str, tuple[dict[int, heif.Item], int, tuple[int, int]]] = {
    "the first": ({1: SMALL, 2: LARGE}, 1, (60, 40)),
    "the last": ({1: LARGE, 2: SMALL}, 2, (60, 40)),
    "the larger": ({1: LARGE, 2: SMALL}, 1, (300, 200)),
    "out of order": ({7: LARGE, 3: SMALL, 5: TILE}, 3, (60, 40)),
    "turned": ({1: heif.still(60, 40, heif.TURNED), 2: LARGE}, 1, (40, 60)),
    "with an alpha channel": ({2: ALPHA, 1: SMALL, 3: LARGE}, 1, (60, 40)),
    "with a thumbnail": ({1: SMALL, 2: THUMBNAIL, 3: LARGE}, 1, (60, 40)),
    "of tiles": ({1: COLUMN, 2: TILE, 3: TILE, 4: LARGE}, 1, (64, 128)),
    "another under a new name": ({1: IDENTITY, 2: TILE, 3: LARGE}, 1, (64, 64)),
}


@pytest.mark.parametrize("wide", [False, True], ids=["32-bit", "64-bit"])
@pytest.mark.parametrize("name", PRIMARIES)
def test_the_size_is_that_of_the_primary_item(name: str, *, wide: bool) -> None:
    """Wherever it is in the file, and however large others are."""
    items, primary, size = PRIMARIES[name]
    header = probe(heif.file(items, primary, wide=wide), Limits()).header
    assert (header.width, header.height) == size


@pytest.mark.parametrize("wide", [False, True], ids=["32-bit", "64-bit"])
@pytest.mark.parametrize("name", PRIMARIES)
def test_all_other_items_are_hidden(name: str, *, wide: bool) -> None:
    """And nothing else changes."""
    items, primary, _ = PRIMARIES[name]
    hidden = {key: replace(item, hidden=key != primary) for key, item in items.items()}
    expected = heif.file(hidden, primary, wide=wide)
    assert reader.primary_only(heif.file(items, primary, wide=wide)) == expected
    assert reader.primary_only(expected) is expected


@pytest.mark.parametrize("name", PRIMARIES)
def test_the_variant_shows_the_primary_item(name: str) -> None:
    """As if the file had no other images."""
    items, primary, size = PRIMARIES[name]
    needed = {
        key: item for key, item in items.items() if item is not LARGE or key == primary
    }
    result = make_variants(heif.file(items, primary), SIZES)
    alone = make_variants(heif.file(needed, primary), SIZES)
    assert (result.source.width, result.source.height) == size
    assert [one.body for one in result.variants] == [one.body for one in alone.variants]


def test_an_item_that_is_not_shown_may_have_any_size() -> None:
    """It is not decoded."""
    huge = heif.claiming(SMALL, 30_000, 30_000)
    result = make_variants(heif.file({1: SMALL, 2: huge}, 1), SIZES)
    assert (result.source.width, result.source.height) == (60, 40)


@pytest.mark.parametrize(
    "items",
    [
        {1: SMALL, 2: heif.claiming(ALPHA, 9_000, 9_000)},
        {1: COLUMN, 2: TILE, 3: heif.claiming(TILE, 9_000, 9_000)},
        {
            1: IDENTITY,
            2: replace(COLUMN, refers={b"dimg": (3,)}),
            3: heif.claiming(TILE, 9_000, 9_000),
        },
    ],
    ids=["alpha channel", "tile", "tile of another item"],
)
def test_the_limits_apply_to_all_that_the_primary_item_is_made_of(
    items: dict[int, heif.Item],
) -> None:
    with pytest.raises(TooManyPixels, match="81000000 pixels"):
        probe(heif.file(items, 1), Limits())


def test_an_item_that_refers_to_itself_is_read_once() -> None:
    """Through others, too."""
    first = replace(COLUMN, refers={b"dimg": (2, 1)})
    second = replace(COLUMN, refers={b"dimg": (1, 2), b"auxl": (2,)})
    assert probe(heif.file({1: first, 2: second}, 1), Limits()).header.height == 128


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (b"jpeg", "JPEG"),
        (b"unci", "uncompressed samples"),
        (b"avc1", "AVC"),
        (b"vvc1", "VVC"),
        (b"j2k1", "JPEG 2000"),
        (b"x\0\x1b1", r"'x\\x00\\x1b1'"),
    ],
)
def test_an_image_that_is_coded_in_another_way_is_rejected_by_name(
    kind: bytes, name: str
) -> None:
    """Also if only a tile is, but not if it is not shown."""
    alone = {1: replace(SMALL, kind=kind)}
    tile = {1: COLUMN, 2: TILE, 3: replace(TILE, kind=kind)}
    for items in (alone, tile):
        message = f"coded as {name}, not as HEVC or AV1, and cannot be decoded"
        with pytest.raises(UnsupportedVariant, match=message):
            make_variants(heif.file(items, 1, brand=b"heic"), SIZES)
    make_variants(heif.file({1: SMALL, 2: replace(LARGE, kind=kind)}, 1), SIZES)


def test_a_damaged_image_that_is_coded_as_usual_is_corrupt() -> None:
    damaged, other = replace(SMALL, data=bytes(99)), replace(LARGE, kind=b"jpeg")
    with pytest.raises(CorruptImage, match="cannot be decoded"):
        make_variants(heif.file({1: damaged, 2: other}, 1), SIZES)


BLOB = heif.file(PRIMARIES["of tiles"][0], 1)
META = BLOB.index(b"meta") - 4


def _with(at: bytes, skip: int, value: int, size: int) -> bytes:
    """The file with another number, `skip` bytes after the name of a box."""
    place = BLOB.index(at) + 4 + skip
    return BLOB[:place] + value.to_bytes(size, "big") + BLOB[place + size :]


def _twice(name: bytes) -> bytes:
    """The file with a second, empty box of this name in front of the first."""
    at = BLOB.index(name) - 4
    return BLOB[:at] + heif.box(name, bytes(4)) + BLOB[at:]


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "no meta": (lambda: BLOB[:META] + BLOB[BLOB.index(b"mdat") - 4 :], "no box 'meta'"),
    "two meta": (lambda: _twice(b"meta"), "2 boxes 'meta'"),
    "no primary item": (lambda: BLOB.replace(b"pitm", b"free"), "no box 'pitm'"),
    "no items": (lambda: BLOB.replace(b"iinf", b"free"), "no box 'iinf'"),
    "no properties": (lambda: BLOB.replace(b"ipco", b"free"), "no box 'ipco'"),
    "no size": (lambda: BLOB.replace(b"ispe", b"free"), "no size"),
    "an unknown primary item": (lambda: _with(b"pitm", 4, 99, 2), "no size"),
    "more items than bytes": (
        lambda: _with(b"ipma", 4, 2**32 - 1, 4),
        "shorter than its fields",
    ),
    "more references than bytes": (lambda: _with(b"dimg", 2, 65_535, 2), "parts|ends"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_rejected(name: str) -> None:
    """Readers would disagree about what it shows."""
    make, message = BROKEN[name]
    with pytest.raises(CorruptImage, match=message):
        probe(make(), Limits())


def test_a_truncated_file_is_read_or_rejected() -> None:
    for end in range(len(BLOB)):
        _survives(BLOB[:end])


def test_a_damaged_file_is_read_or_rejected() -> None:
    rng = random.Random(3)  # noqa: S311 - the same damage in every run
    end = BLOB.index(b"mdat")
    for _ in range(5_000):
        damaged = bytearray(BLOB)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(end)] = rng.choice((0, 1, 2, 127, 128, 255))
        _survives(bytes(damaged))


def _survives(blob: bytes) -> None:
    try:
        header, changed = reader.read(blob, 1), reader.primary_only(blob)
    except BrokenHeaderError as error:
        assert str(error)
    else:
        assert len(changed) == len(blob)
        assert header.width >= 0


def _many_references(count: int) -> bytes:
    """A file whose primary item refers to 65,535 items, again and again."""
    one = heif.box(b"dimg", struct.pack(">HH", 1, 65_535), bytes(2 * 65_535))
    more = one * count
    meta, iref = bytearray(BLOB[META:]), BLOB.index(b"iref") - 4 - META
    for at in (0, iref):
        length = int.from_bytes(meta[at : at + 4], "big") + len(more)
        meta[at : at + 4] = length.to_bytes(4, "big")
    return BLOB[:META] + bytes(meta[: iref + 12]) + more + bytes(meta[iref + 12 :])


def test_too_many_references_are_rejected_before_they_cost_much() -> None:
    """The header is read in Python, and the decoder's timeout does not apply."""
    assert probe(_many_references(2), Limits()).header.width == 64
    start = time.process_time()
    with pytest.raises(CorruptImage, match=r"more than \d+ parts"):
        probe(_many_references(200), Limits())
    assert time.process_time() - start < 2
