"""Gain maps: what is read from a file, and what is written, without decoding it."""

from __future__ import annotations

import random
import struct
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.errors import EngineFailed
from resize_on_upload.imaging.hdr import apple, container, iso_21496, xmp
from resize_on_upload.imaging.hdr.dropped import Dropped, GainMapDroppedError
from resize_on_upload.imaging.hdr.find import find
from resize_on_upload.imaging.hdr.parameters import ONE, Channel, Parameters
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import response, worker
from resize_on_upload.imaging.sandbox.protocol import packed
from resize_on_upload.sizes.parser import parse
from tests.support import images, ultra_hdr

if TYPE_CHECKING:
    from collections.abc import Callable

BASE, GREY = images.encoded("jpeg", 240, 160), ultra_hdr.grey(60, 40)
EXPECTED = Parameters((Channel(250_000, 2_500_000),), 0, 2_500_000)

CHANNELS = st.builds(
    Channel,
    st.integers(-20 * ONE, 0),
    st.integers(0, 20 * ONE),
    st.integers(ONE // 100, 100 * ONE),
    st.integers(0, ONE),
    st.integers(0, ONE),
)
PARAMETERS = st.builds(
    Parameters,
    st.lists(CHANNELS, min_size=3, max_size=3).map(tuple) | st.tuples(CHANNELS),
    st.integers(0, ONE),
    st.integers(ONE + 1, 20 * ONE),
).map(Parameters.checked)


def _found(*segments: bytes) -> Parameters:
    """The numbers of a gain map with these segments."""
    blob = ultra_hdr.joined(BASE, ultra_hdr.with_segments(GREY, *segments))
    found = find(blob)
    assert found
    return found.parameters


def _reason(*segments: bytes) -> Dropped:
    with pytest.raises(GainMapDroppedError) as caught:
        _found(*segments)
    return caught.value.reason


def _iso(parameters: Parameters) -> bytes:
    body = iso_21496.NAME + iso_21496.write(parameters)
    return ultra_hdr.segment(0xE2, body)


@given(PARAMETERS)
def test_the_numbers_are_read_as_they_were_written(parameters: Parameters) -> None:
    """In both notations: so a file that was written is verified to the last byte."""
    written = xmp.write(parameters)
    assert xmp.read(xmp.values(written, "hdrgm")) == parameters
    assert iso_21496.read(iso_21496.write(parameters)) == parameters


@given(PARAMETERS, st.sampled_from([BASE, images.exif_orientation(BASE, 6)]))
def test_what_was_joined_is_split(parameters: Parameters, base: bytes) -> None:
    joined = container.join(base, GREY, parameters)
    assert container.split(joined) == (base, GREY, parameters)
    found = find(joined)
    assert found
    assert found.parameters == parameters


def _described(blob: bytes) -> list[ET.Element]:
    """Every element of the first XMP of a JPEG, read as XML."""
    start = blob.index(b"<x:xmpmeta")
    text = blob[start : blob.index(b"</x:xmpmeta>") + 12]
    return list(ET.fromstring(text).iter())  # noqa: S314 - made here


def test_what_is_written_is_valid_xml_with_the_right_lengths() -> None:
    """The list names the gain map's bytes, with which the file ends."""
    joined = container.join(BASE, GREY, EXPECTED)
    spaces = "{http://ns.google.com/photos/1.0/container/item/}"
    items = [one.attrib for one in _described(joined) if f"{spaces}Mime" in one.attrib]
    assert [one[f"{spaces}Semantic"] for one in items] == ["Primary", "GainMap"]
    gain_map = joined[-int(items[1][f"{spaces}Length"]) :]
    assert gain_map.startswith(b"\xff\xd8\xff")
    numbers = next(one.attrib for one in _described(gain_map) if len(one.attrib) > 2)
    found = {name.split("}")[1]: value for name, value in numbers.items()}
    assert found.pop("about") == ""
    assert found == ultra_hdr.NUMBERS


def test_xmp_numbers_are_read() -> None:
    assert _found(ultra_hdr.numbers()) == EXPECTED


def test_missing_numbers_have_their_defaults() -> None:
    """Those of Ultra HDR 1.1."""
    optional = ("GainMapMin", "Gamma", "OffsetSDR", "OffsetHDR", "HDRCapacityMin")
    found = _found(ultra_hdr.numbers(**dict.fromkeys(optional, "")))
    assert found == Parameters((Channel(0, 2_500_000),), 0, 2_500_000)


def test_numbers_may_be_elements_with_a_value_per_channel() -> None:
    """As Adobe writes them."""
    entries = "".join(f"<rdf:li>{value}</rdf:li>" for value in (1, 2.5, "3e0"))
    inner = (
        "<hdrgm:HDRCapacityMax>3</hdrgm:HDRCapacityMax>"
        f"<hdrgm:GainMapMax>\n <rdf:Seq>\n{entries}</rdf:Seq></hdrgm:GainMapMax>"
    )
    found = _found(ultra_hdr.xmp('hdrgm:Version="1.0"', inner))
    maxima = [channel.maximum for channel in found.channels]
    assert maxima == [ONE, 2_500_000, 3 * ONE]


def test_the_binary_notation_takes_precedence() -> None:
    other = Parameters((Channel(0, ONE),), 0, ONE)
    assert _found(ultra_hdr.numbers(), _iso(other)) == other


def test_fractions_may_share_their_denominator() -> None:
    """As libultrahdr can write them."""
    numbers = (8, 0, 20, 2, 20, 8, 1, 1)
    data = bytes(4) + b"\x48" + struct.pack(">8i", *numbers)
    found = iso_21496.read(data)
    assert found == Parameters(
        (Channel(ONE // 4, 2_500_000, ONE, ONE // 8, ONE // 8),), 0, 2_500_000
    )


BAD_NUMBERS: dict[str, tuple[dict[str, str], str]] = {
    "another version": ({"Version": "2.0"}, "unknown-metadata"),
    "no version": ({"Version": ""}, "unknown-metadata"),
    "no maximum": ({"GainMapMax": ""}, "unknown-metadata"),
    "no capacity": ({"HDRCapacityMax": ""}, "unknown-metadata"),
    "not a number": ({"Gamma": "one"}, "unknown-metadata"),
    "infinite": ({"GainMapMax": "1e999"}, "unknown-metadata"),
    "very large": ({"GainMapMax": "1e99"}, "unknown-metadata"),
    "not finite": ({"GainMapMax": "nan"}, "unknown-metadata"),
    "a control character": ({"GainMapMax": "2.5\x1c"}, "unknown-metadata"),
    "other digits": ({"GainMapMax": "\u0662"}, "unknown-metadata"),
    "more than 20 stops": ({"GainMapMax": "20.1"}, "unknown-metadata"),
    "a minimum above the maximum": ({"GainMapMin": "2.6"}, "unknown-metadata"),
    "no gamma": ({"Gamma": "0"}, "unknown-metadata"),
    "a negative offset": ({"OffsetSDR": "-1"}, "unknown-metadata"),
    "an HDR base": ({"BaseRenditionIsHDR": "True"}, "base-is-hdr"),
    "headrooms the other way round": ({"HDRCapacityMin": "3"}, "base-is-hdr"),
    "markup": ({"GainMapMax": "&lt;script>"}, "unknown-metadata"),
}


@pytest.mark.parametrize("name", BAD_NUMBERS)
def test_numbers_that_are_not_plausible_are_refused(name: str) -> None:
    changed, reason = BAD_NUMBERS[name]
    assert _reason(ultra_hdr.numbers(**changed)) == reason


BAD_ISO: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "unknown-metadata"),
    "only the version": (bytes(4), "unknown-metadata"),
    "a later version": (b"\0\1\0\1" + bytes(99), "unknown-metadata"),
    "cut off": (iso_21496.write(EXPECTED)[:-1], "unknown-metadata"),
    "a denominator of zero": (bytes(99), "unknown-metadata"),
    "a shared one of zero": (bytes(4) + b"\x48" + bytes(99), "unknown-metadata"),
    "an HDR base": (bytes(4) + b"\x44" + bytes(99), "base-is-hdr"),
    "another colour space": (bytes(4) + b"\x80" + bytes(999), "other-colors"),
    "very large": (bytes(4) + b"\x40" + b"\x7f\xff\xff\xff\0\0\0\1" * 7, "base-is-hdr"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_ISO)
def test_a_binary_notation_that_is_not_plausible_is_refused(name: str) -> None:
    data, reason = BAD_ISO[name]
    assert _reason(ultra_hdr.segment(0xE2, iso_21496.NAME + data)) == reason


def test_a_list_of_images_is_enough() -> None:
    """Without an index; other images may come first."""
    gain_map = ultra_hdr.gain_map()
    base = ultra_hdr.with_segments(BASE, ultra_hdr.directory(len(gain_map), padding=7))
    found = find(base + bytes(7) + gain_map + b"more")
    assert found
    assert found.blob == gain_map


def test_a_photo_without_one_has_none() -> None:
    assert find(BASE) is None
    assert find(ultra_hdr.joined(BASE, GREY)) is None


def _apple(*fields: tuple[int, int, int], headroom: str = "") -> bytes:
    """A photo of an iPhone, with fractions in its EXIF."""
    entries, values = b"", b""
    for tag, numerator, denominator in fields:
        place = 14 + 2 + 12 * len(fields) + 4 + len(values)
        entries += struct.pack(">HHII", tag, 10, 1, place)
        values += struct.pack(">ii", numerator, denominator)
    note = b"Apple iOS\0\0\1MM" + struct.pack(">H", len(fields)) + entries
    note += bytes(4) + values
    exif = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 26, 0)
    exif += struct.pack(">HHHIII", 1, 0x927C, 7, len(note), 44, 0) + note
    base = ultra_hdr.with_segments(BASE, ultra_hdr.segment(0xE1, b"Exif\0\0" + exif))
    inner = f"<apdi:AuxiliaryImageType>{apple.KIND}</apdi:AuxiliaryImageType>"
    if headroom:
        inner += (
            f"<HDRGainMap:HDRGainMapHeadroom>{headroom}</HDRGainMap:HDRGainMapHeadroom>"
        )
    return ultra_hdr.joined(
        base, ultra_hdr.with_segments(GREY, ultra_hdr.xmp("", inner))
    )


APPLE: list[tuple[tuple[int, int], tuple[int, int], float]] = [
    # Apple's formula has four cases: what fields 33 and 48 are, and the stops.
    ((1, 2), (0, 1), 1.8),
    ((1, 2), (1, 1), 1.5),
    ((1, 1), (1, 100), 2.3),
    ((1, 1), (1, 1), 2.0),
]


@pytest.mark.parametrize(("field_33", "field_48", "stops"), APPLE)
def test_an_older_iphone_has_its_headroom_in_exif(
    field_33: tuple[int, int], field_48: tuple[int, int], stops: float
) -> None:
    found = find(_apple((33, *field_33), (1, 9, 9), (48, *field_48)))
    assert found
    assert found.parameters.alternate_headroom == pytest.approx(stops * ONE, abs=2)
    assert found.parameters.channels[0].maximum == found.parameters.alternate_headroom


def test_a_newer_iphone_has_its_headroom_in_xmp() -> None:
    found = find(_apple(headroom="4.0"))
    assert found
    assert found.parameters == Parameters((Channel(0, 2 * ONE, ONE, 0, 0),), 0, 2 * ONE)


@pytest.mark.parametrize("headroom", [1.5, 4, 8])
def test_apple_values_are_converted_one_by_one(headroom: float) -> None:
    """The gain of each is the same, to half a step of the new ones."""
    table = apple.table(headroom)
    assert (table[0], table[255]) == (0, 255)
    for value, converted in enumerate(table):
        gain = 1 + (headroom - 1) * apple._linear(value / 255)
        step = headroom ** (0.51 / 255)
        assert gain / step <= headroom ** (converted / 255) <= gain * step


def test_apple_values_are_on_the_curve_of_rec_709() -> None:
    """By hand: 10 is on its straight part, 128 on the other."""
    table = apple.table(4)
    assert (table[10], table[128]) == (5, 107)


BAD_APPLE: dict[str, Callable[[], bytes]] = {
    "no headroom": _apple,
    "only one field": lambda: _apple((33, 1, 1)),
    "a denominator of zero": lambda: _apple((33, 1, 0), (48, 1, 1)),
    "an enormous headroom": lambda: _apple((33, 0, 1), (48, -(2**31), 1)),
    "no gain": lambda: _apple((33, 0, 1), (48, 90, 1)),
    "an xmp of zero": lambda: _apple(headroom="0"),
    "an xmp of a million": lambda: _apple(headroom="1000000"),
    "an xmp that is not a number": lambda: _apple(headroom="high"),
}


@pytest.mark.parametrize("name", BAD_APPLE)
def test_an_apple_headroom_that_is_not_plausible_is_refused(name: str) -> None:
    with pytest.raises(GainMapDroppedError, match="unknown-metadata"):
        find(BAD_APPLE[name]())


@pytest.mark.parametrize("make", [_apple, ultra_hdr.photo])
def test_damaged_files_are_read_or_refused(make: Callable[[], bytes]) -> None:
    """At once, whatever the damage is; no other error comes out."""
    blob, chance = make(), random.Random(7)  # noqa: S311 - the same every time
    before = time.process_time()
    for _ in range(400):
        damaged = bytearray(blob)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(blob))] = chance.randrange(256)
        try:
            find(bytes(damaged[: chance.randint(2, len(blob))]))
        except GainMapDroppedError:
            continue
    assert time.process_time() - before < 20


@pytest.mark.parametrize(
    "blob",
    [
        BASE[:2] + b"\xff\xfe\0\2" * 1_000_000 + BASE[2:],
        ultra_hdr.joined(BASE, GREY[:2] + b"\xff\xfe\0\2" * 1_000_000 + GREY[2:]),
        ultra_hdr.with_segments(
            BASE, *[ultra_hdr.xmp("", "<rdf:li>" * 8_000)] * 200
        ),
        ultra_hdr.joined(BASE, *[ultra_hdr.with_segments(
            GREY, *[ultra_hdr.xmp("", "<hdrgm:a><rdf:Seq>" * 3_500)] * 10
        )] * 10),
        ultra_hdr.joined(BASE, ultra_hdr.with_segments(
            GREY, ultra_hdr.xmp("", "<hdrgm:a><rdf:Seq>" * 3_500) * 300
        )),
    ],
    ids=["segments", "segments of a gain map", "documents", "lists", "more lists"],
)  # fmt: skip
def test_many_parts_take_little_time(blob: bytes) -> None:
    before = time.process_time()
    try:
        find(blob)
    except GainMapDroppedError as error:
        assert error.reason is Dropped.BROKEN_INDEX
    assert time.process_time() - before < 5


KEEP = parse('{"hdr": "keep", "sizes": ["120x"]}')
LIMITS = {"pixels": Limits().pixels, "frames": 300, "seconds": 9}
HEADER, (BODY,) = worker.respond(
    {"limits": LIMITS, "sizes": packed(KEEP)}, ultra_hdr.photo()
)
PARTS = container.split(BODY)


def _with(*segments: bytes, of: int) -> bytes:
    """The variant, with more segments in its base or its gain map."""
    parts: list[Any] = [*PARTS]
    parts[of] = ultra_hdr.with_segments(parts[of], *segments)
    return container.join(*parts)


SECRET = ultra_hdr.segment(0xE1, b"Exif\0\0" + bytes(300))
FORGED: dict[str, bytes] = {
    "metadata of the base": _with(SECRET, of=0),
    "metadata of the gain map": _with(SECRET, of=1),
    "more XMP in the base": _with(ultra_hdr.xmp("", "secret"), of=0),
    "more XMP in the gain map": _with(ultra_hdr.xmp("", "secret"), of=1),
    "other XMP": BODY.replace(b"adobe:ns:meta/", b"adobe:ns:secret"[:14]),
    "another number": BODY.replace(b"2.500000", b"2.600000"),
    "a name in the list": BODY.replace(b"image/jpeg", b"image/jpog"),
    "no gain map": PARTS[0],
    "a gain map alone": PARTS[1],
    "many segments": BODY[:2] + b"\xff\xfe\0\2" * 200_001 + BODY[2:],
    "bytes at the end": BODY + b"secret",
    "a third image": BODY + PARTS[1],
    "a larger gain map": container.join(PARTS[0], ultra_hdr.grey(121, 80), PARTS[2]),
    "an empty gain map": container.join(PARTS[0], b"\xff\xd8\xff\xd9", PARTS[2]),
    "another base": container.join(images.encoded("jpeg", 119, 80), *PARTS[1:]),
    "numbers that are not plausible": container.join(
        *PARTS[:2], Parameters((Channel(0, 99 * ONE),), 0, 99 * ONE)
    ),
}  # fmt: skip


def test_a_gain_map_is_verified() -> None:
    result = response.parse(HEADER, [BODY], ultra_hdr.photo(), KEEP, Limits())
    assert (result.hdr, result.variants[0].hdr) == (True, True)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_gain_map_is_refused(name: str) -> None:
    """An attacker can write nothing but pixels and plausible numbers."""
    assert FORGED[name] != BODY
    with pytest.raises(EngineFailed):
        response.parse(HEADER, [FORGED[name]], ultra_hdr.photo(), KEEP, Limits())


def test_a_gain_map_that_is_not_wanted_is_refused() -> None:
    drop = parse('{"sizes": ["120x"]}')
    with pytest.raises(EngineFailed):
        response.parse(HEADER, [BODY], ultra_hdr.photo(), drop, Limits())


def test_a_gain_map_that_is_not_reported_is_refused() -> None:
    facts = {**HEADER["variants"][0], "hdr": False}
    header = {**HEADER, "hdr": None, "variants": [facts]}
    with pytest.raises(EngineFailed, match="metadata"):
        response.parse(header, [BODY], ultra_hdr.photo(), KEEP, Limits())


def test_numbers_are_exact_fractions() -> None:
    """Of a million: what an XMP has to its last digit, ISO 21496-1 has, too."""
    data = iso_21496.write(EXPECTED)
    found = struct.unpack(">iI", data[5 + 16 : 5 + 24])
    assert Fraction(*found) == Fraction(1, 4)
