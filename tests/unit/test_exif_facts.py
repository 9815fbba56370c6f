"""When and where a photo was taken: from any format, and never what is not true."""

from __future__ import annotations

import struct
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.imaging.facts import exif_facts
from resize_on_upload.imaging.facts.exif_facts import Location
from resize_on_upload.imaging.facts.facts import exif_block, of_photo
from resize_on_upload.sizes.size import MANIFEST
from tests.support import exif, heif, images
from tests.support.shared_files import PHONES, needs_phones

DATE = b"2026:07:14 18:05:09"
BOTH = replace(MANIFEST, taken_at=True, location=True)
ZURICH = ((47, 1), (22, 1), (3_690, 100)), ((8, 1), (32, 1), (30, 1))
FACTS = {
    "takenAt": "2026-07-14T18:05:09+02:00",
    "location": {"latitude": 47.376917, "longitude": 8.541667},
}


def _block(order: str = ">") -> bytes:
    entries = {exif.TAKEN: exif.text(DATE), exif.OFFSET: exif.text(b"+02:00")}
    place = exif.place("N", "E", *ZURICH[0], *ZURICH[1], order=order)
    return exif.block(entries, place, order=order)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", exif.FILES)
def test_every_format_that_carries_exif_is_read(kind: str, order: str) -> None:
    assert of_photo(exif.FILES[kind](_block(order)), BOTH) == FACTS


@pytest.mark.parametrize("kind", exif.FILES)
def test_only_what_is_asked_for_is_told(kind: str) -> None:
    blob = exif.FILES[kind](_block())
    assert of_photo(blob, MANIFEST) == {}
    for asked, key in (
        (replace(MANIFEST, taken_at=True), "takenAt"),
        (replace(MANIFEST, location=True), "location"),
    ):
        assert of_photo(blob, asked) == {key: FACTS[key]}


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp", "gif", "bmp", "tiff", "avif"])
def test_an_image_without_exif_has_no_facts(fmt: str) -> None:
    assert of_photo(images.encoded(fmt), BOTH) == {}


@pytest.mark.parametrize("blob", [b"", b"\xff\xd8\xff", b"II*\0", b"PNG", b"\0" * 99])
def test_what_is_no_image_has_no_facts(blob: bytes) -> None:
    assert of_photo(blob, BOTH) == {}


DATES = {
    DATE: "2026-07-14T18:05:09",
    b"2024:02:29 00:00:00": "2024-02-29T00:00:00",
    b"1999:12:31 23:59:59": "1999-12-31T23:59:59",
    # none
    b"2026:02:29 10:00:00": None,
    b"0000:00:00 00:00:00": None,
    b"2026:13:01 10:00:00": None,
    b"2026:07:14 24:00:00": None,
    b"2026:07:14 10:60:00": None,
    b"2026:07:14": None,
    b"2026-07-14 10:00:00": None,
    b"    :  :     :  :  ": None,
    b"<script>alert()</script>": None,
    b"2026:07:14 18:05:09Z": None,
    b"2026:07:14 18:05:09\n": "2026-07-14T18:05:09",
    "2026:07:1\u0664 18:05:09".encode(): None,
    b"": None,
}


@pytest.mark.parametrize("date", DATES)
def test_a_date_that_is_not_one_is_left_out(date: bytes) -> None:
    block = exif.block({exif.TAKEN: exif.text(date)})
    assert exif_facts.taken_at(block) == DATES[date]


OFFSETS = {
    b"+00:00": "+00:00",
    b"-03:30": "-03:30",
    b"+14:00": "+14:00",
    b"+15:00": "",
    b"+01:75": "",
    b"01:00": "",
    b"Z": "",
    b"+1:00": "",
    b"": "",
    b"+01:00<b>": "",
}


@pytest.mark.parametrize("offset", OFFSETS)
def test_an_offset_that_is_not_one_is_left_out(offset: bytes) -> None:
    entries = {exif.TAKEN: exif.text(DATE), exif.OFFSET: exif.text(offset)}
    expected = "2026-07-14T18:05:09" + OFFSETS[offset]
    assert exif_facts.taken_at(exif.block(entries)) == expected


WHOLE = (1, 1)
PLACES = {
    "north-east": ("N", "E", (47, 1), (30, 1), (0, 1), (8, 1), (15, 1), (36, 1)),
    "south-west": ("S", "W", (33, 1), (51, 1), (36, 1), (70, 1), (0, 1), (0, 1)),
    "small letters": ("n", "e", (1, 1), (0, 1), (0, 1), (2, 1), (0, 1), (0, 1)),
    "decimal degrees": ("N", "E", (475, 10), (0, 1), (0, 1), (8, 1), (0, 1), (0, 1)),
    "a pole": ("N", "W", (90, 1), (0, 1), (0, 1), (180, 1), (0, 1), (0, 1)),
    # none
    "zeros": ("N", "E", *[(0, 1)] * 6),
    "zero by zero": ("N", "E", *[(0, 0)] * 6),
    "beyond a pole": ("N", "E", (90, 1), (0, 1), (1, 1), *[WHOLE] * 3),
    "beyond the date line": ("N", "E", *[WHOLE] * 3, (180, 1), (1, 1), (0, 1)),
    "far away": ("N", "E", (2**32 - 1, 1), *[WHOLE] * 5),
    "sixty minutes": ("N", "E", (1, 1), (60, 1), *[WHOLE] * 4),
    "sixty seconds": ("N", "E", (1, 1), (1, 1), (6000, 100), *[WHOLE] * 3),
    "no side": ("", "E", *[WHOLE] * 6),
    "sides swapped": ("E", "N", *[WHOLE] * 6),
    "a side of two letters": ("NE", "E", *[WHOLE] * 6),
    "two numbers": ("N", "E", *[WHOLE] * 4),
    "four numbers": ("N", "E", *[WHOLE] * 8),
}
FOUND = {
    "north-east": Location(47.5, 8.26),
    "south-west": Location(-33.86, -70),
    "small letters": Location(1, 2),
    "decimal degrees": Location(47.5, 8),
    "a pole": Location(90, -180),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_that_is_not_one_is_left_out(name: str) -> None:
    north, east, *degrees = PLACES[name]
    place = exif.place(str(north), str(east), *degrees)  # type: ignore[arg-type]
    assert exif_facts.location(exif.block({}, place)) == FOUND.get(name)


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_half_a_place_is_left_out(missing: int) -> None:
    place = exif.place("N", "E", *ZURICH[0], *ZURICH[1])
    del place[missing]
    assert exif_facts.location(exif.block({}, place)) is None


def _loop() -> bytes:
    """The first directory, which says that it is EXIF's and the position's, too."""
    entry = struct.pack(">HHIIHHII", exif.DIRECTORY, 4, 1, 8, exif.GPS, 4, 1, 8)
    return b"MM\0*" + struct.pack(">IH", 8, 2) + entry + bytes(4)


def _many() -> bytes:
    entry = struct.pack(">HHI4s", exif.DIRECTORY, 4, 1, b"\0\0\0\x08")
    return b"MM\0*" + struct.pack(">IH", 8, 65_535) + entry * 65_535


def _text_of(count: int) -> bytes:
    """A date whose entry claims this length."""
    return exif.block({exif.TAKEN: (exif.ASCII, count, DATE + b"\0")})


HOSTILE = {
    "a loop": _loop(),
    "65,535 entries": _many(),
    "a pointer past the end": _loop().replace(b"\0\0\0\x08\x88", b"\xff" * 4 + b"\x88"),
    "a pointer as a text": _block().replace(b"\x87\x69\0\4", b"\x87\x69\0\2"),
    "a text of 4 GB": _text_of(2**32 - 1),
    "a text of no bytes": _text_of(0),
    "a text past the end": _text_of(64),
    "a date as numbers": exif.block({exif.TAKEN: (exif.LONG, 5, DATE + b"\0")}),
    "a date as an unknown type": exif.block({exif.TAKEN: (77, 20, DATE + b"\0")}),
    "no byte order": b"XX" + _block()[2:],
    "only a byte order": b"MM",
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("kind", exif.FILES)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_block_tells_nothing_and_costs_little(name: str, kind: str) -> None:
    block = HOSTILE[name]
    if kind == "jpeg":
        block = block[:60_000]
    blob = exif.FILES[kind](block) if block or kind != "tiff" else b""
    began = time.process_time()
    assert "takenAt" not in of_photo(blob, BOTH)
    assert time.process_time() - began < 0.5


def test_500_values_of_a_large_file_cost_little() -> None:
    length = 16 * 1024 * 1024
    entries = (struct.pack(">HHII", tag, 2, length - 9, 1) for tag in range(500))
    block = b"MM\0*" + struct.pack(">IH", 8, 500) + b"".join(entries)
    began = time.process_time()
    assert of_photo(block.ljust(length, b"\0"), BOTH) == {}
    assert time.process_time() - began < 0.5


def test_a_cut_block_never_tells_something_else() -> None:
    block = _block()
    for length in range(len(block)):
        found = of_photo(block[:length], BOTH)
        for key, value in found.items():
            assert value in (FACTS[key], "2026-07-14T18:05:09")


@given(st.data())
def test_damaged_files_tell_nothing_outside_the_rules(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(exif.FILES)))
    blob = bytearray(exif.FILES[kind](_block()))
    for _ in range(data.draw(st.integers(1, 6))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    found = of_photo(bytes(blob), BOTH)
    if place := found.get("location"):
        assert abs(place["latitude"]) <= 90
        assert abs(place["longitude"]) <= 180


def _avif(*items: heif.Item) -> bytes:
    return heif.file({1: heif.still(120, 80), **dict(enumerate(items, 2))}, 1)


def _item(body: bytes) -> heif.Item:
    return heif.Item((), body, b"Exif", refers={b"cdsc": (1,)})


def test_the_block_of_another_image_is_not_read() -> None:
    body = bytes(4) + _block()
    item = _item(body)
    assert exif_block(_avif(item)) == _block()
    for other in (
        replace(item, refers={b"cdsc": (3,)}),
        replace(item, refers={}),
        replace(item, kind=b"mime"),
    ):
        assert exif_block(_avif(other)) == b""


@pytest.mark.parametrize("body", [b"", b"\0", b"\xff\xff\xff\xff" + bytes(9), bytes(4)])
def test_a_damaged_item_has_no_block(body: bytes) -> None:
    assert exif_block(_avif(_item(body))) == b""


def test_an_item_past_the_end_has_no_block() -> None:
    blob = _avif(_item(bytes(4) + _block()))
    assert exif_block(blob[:-1]) == b""


def test_an_item_of_megabytes_is_not_read() -> None:
    assert exif_block(_avif(_item(bytes(3 * 1024 * 1024)))) == b""


def _in_extents(number: int, length: int) -> bytes:
    """An AVIF whose EXIF block is stored in many extents."""
    entry = heif.box(b"infe", struct.pack(">IHH4sx", 2 << 24, 2, 0, b"Exif"))
    extent = struct.pack(">II", 0, length)
    places = struct.pack(">IBBHHHH", 0, 0x44, 0, 1, 2, 0, number) + extent * number
    meta = heif.box(
        b"meta",
        bytes(4),
        heif.box(b"pitm", bytes(4), b"\0\1"),
        heif.box(b"iinf", bytes(4), b"\0\1", entry),
        heif.box(b"iref", bytes(4), heif.box(b"cdsc", b"\0\2\0\1\0\1")),
        heif.box(b"iloc", places),
    )
    return heif.box(b"ftyp", b"avif", bytes(4), b"mif1", b"avif") + meta


@pytest.mark.parametrize("length", [0, 1, 15, 16, 2**31])
def test_an_item_in_65535_extents_costs_little(length: int) -> None:
    blob = _in_extents(65_535, length)
    began = time.process_time()
    exif_block(blob)
    assert time.process_time() - began < 1


def test_the_extents_of_an_item_are_put_together() -> None:
    """Each is the file's first four bytes, 24; the first says how many to skip."""
    assert exif_block(_in_extents(8, 4)) == struct.pack(">I", 24)


PHOTOS = {
    "heic_exif-at-eof.heic": ("2020-05-04T18:39:11-04:00", (47.207124, 106.243105)),
    "heic_img_1034.heic": ("2018-02-05T15:11:44", (23.177917, 113.394317)),
    "heic_img_2927.heic": ("2020-05-04T18:39:11-04:00", None),
    "heic_sample1.heic": (None, None),
}


@needs_phones
@pytest.mark.parametrize("name", PHOTOS)
def test_photos_of_phones_are_read(name: str) -> None:
    block = exif_block((PHONES / name).read_bytes())
    moment, place = PHOTOS[name]
    assert exif_facts.taken_at(block) == moment
    assert exif_facts.location(block) == (place and Location(*place))
