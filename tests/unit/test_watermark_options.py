"""`watermark` in sizes.json: what is valid, where it is drawn, what it depends on."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from resize_on_upload.errors import SettingsError
from resize_on_upload.reconcile.recipe import recipe
from resize_on_upload.settings import read_settings
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.sizes.parser import compact, parse, parse_document
from resize_on_upload.sizes.watermarks import files, png
from resize_on_upload.sizes.watermarks.watermark import PLACES, Watermark
from resize_on_upload_cli.sizes_file import SizesFileError, load, read
from tests.support import images, watermarks
from tests.support.sizes_schema import VALIDATOR

if TYPE_CHECKING:
    from pathlib import Path

    from resize_on_upload.sizes.size import Size

LOGO = watermarks.plain()
DIGEST = hashlib.sha256(LOGO).hexdigest()
FILES = {"logo.png": LOGO, "other.png": watermarks.plain(8, 8)}


def _read(name: str) -> bytes:
    if name not in FILES:
        raise FileNotFoundError(2, "No such file or directory", name)
    return FILES[name]


def _parse(*entries: Any, **whole: Any) -> tuple[Size, ...]:
    return parse(json.dumps({"sizes": entries, **whole}), _read)


def test_a_watermark_has_its_file_and_its_defaults() -> None:
    (size,) = _parse("150x", watermark={"file": "logo.png"})
    assert size.watermark == Watermark(DIGEST, "southeast", 1, 20, 0)
    assert size.watermark.data == LOGO


def test_a_size_has_its_own_watermark_or_none() -> None:
    own = {"file": "other.png", "gravity": "north", "opacity": 0.5, "width": "5%"}
    first, second, third, fourth = _parse(
        "150x",
        {"geometry": "50x", "watermark": {**own, "minWidth": 30}},
        {"geometry": "40x", "watermark": False},
        {"geometry": "30x", "formats": ["webp", "png"]},
        watermark={"file": "logo.png"},
    )[:4]
    assert second.watermark
    assert (second.watermark.gravity, second.watermark.percent) == ("north", 5)
    assert (second.watermark.opacity, second.watermark.min_width) == (0.5, 30)
    assert third.watermark is None
    assert first.watermark == fourth.watermark != second.watermark


def test_siblings_have_the_watermark_and_the_manifest_has_none() -> None:
    sizes = _parse(
        "9x",
        formats=["avif", "webp", "original"],
        manifest=True,
        watermark={"file": "logo.png"},
    )
    assert [bool(size.watermark) for size in sizes] == [True, True, True, False]


WRONG: list[tuple[Any, str, str]] = [
    ("logo.png", "", 'an object with a "file", or false'),
    (True, "", 'an object with a "file", or false'),
    (None, "", 'an object with a "file", or false'),
    ([], "", 'an object with a "file", or false'),
    ({}, ".file", "is missing: the path of a PNG"),
    ({"gravity": "north"}, ".file", "is missing: the path of a PNG"),
    ({"file": ""}, ".file", "it is the path of a PNG"),
    ({"file": 7}, ".file", "it is the path of a PNG"),
    ({"file": None}, ".file", "it is the path of a PNG"),
    ({"file": "logo.png", "files": 1}, ".files", "did you mean 'file'"),
    ({"file": "logo.png", "min_width": 1}, ".min_width", "did you mean 'minWidth'"),
    ({"file": "logo.png", "sizes": []}, ".sizes", "is not a key here"),
    ({"file": "logo.png", "gravity": "bottom"}, ".gravity", "the gravities are"),
    ({"file": "logo.png", "gravity": ["north"]}, ".gravity", "the gravities are"),
    ({"file": "logo.png", "opacity": 0}, ".opacity", "above 0, up to 1"),
    ({"file": "logo.png", "opacity": 1.01}, ".opacity", "above 0, up to 1"),
    ({"file": "logo.png", "opacity": -1}, ".opacity", "above 0, up to 1"),
    ({"file": "logo.png", "opacity": "50%"}, ".opacity", "above 0, up to 1"),
    ({"file": "logo.png", "opacity": True}, ".opacity", "above 0, up to 1"),
    ({"file": "logo.png", "width": "0%"}, ".width", "from 1% to 100%"),
    ({"file": "logo.png", "width": "101%"}, ".width", "from 1% to 100%"),
    ({"file": "logo.png", "width": 20}, ".width", "from 1% to 100%"),
    ({"file": "logo.png", "width": "20"}, ".width", "from 1% to 100%"),
    ({"file": "logo.png", "width": "12.5%"}, ".width", "from 1% to 100%"),
    ({"file": "logo.png", "minWidth": -1}, ".minWidth", "whole number of pixels"),
    ({"file": "logo.png", "minWidth": 20_000}, ".minWidth", "whole number of pixels"),
    ({"file": "logo.png", "minWidth": 1.5}, ".minWidth", "whole number of pixels"),
    ({"file": "logo.png", "minWidth": "300"}, ".minWidth", "whole number of pixels"),
]


@pytest.mark.parametrize(("value", "key", "rule"), WRONG, ids=str)
@pytest.mark.parametrize("place", ["", "sizes[0]."])
def test_a_mistake_names_its_place_and_rule(
    value: Any, key: str, rule: str, place: str
) -> None:
    entry = {"geometry": "9x", "watermark": value}
    document = {"sizes": [entry]} if place else {"sizes": ["9x"], "watermark": value}
    with pytest.raises(SizesError) as caught:
        parse(json.dumps(document), _read)
    found = {one.place: one.rule for one in caught.value.mistakes}
    assert rule in found[f"{place}watermark{key}"]


def test_all_mistakes_of_a_watermark_are_reported_at_once() -> None:
    with pytest.raises(SizesError) as caught:
        _parse("9x", watermark={"files": "a", "opacity": 2, "width": 5, "gravity": "x"})
    assert [one.place for one in caught.value.mistakes] == [
        f"watermark.{key}" for key in ("files", "gravity", "opacity", "width", "file")
    ]


@pytest.mark.parametrize(("value", "key", "rule"), WRONG, ids=str)
def test_the_schema_refuses_the_same(value: Any, key: str, rule: str) -> None:
    assert not VALIDATOR.is_valid({"sizes": ["9x"], "watermark": value}), (key, rule)
    good = {"file": "a", "gravity": "center", "opacity": 1, "width": "100%"}
    VALIDATOR.validate({"sizes": ["9x"], "watermark": {**good, "minWidth": 0}})
    VALIDATOR.validate({"sizes": [{"geometry": "9x", "watermark": False}]})


PIXELS = zlib.compress(bytes(68))
HEADERS = {
    colours: (b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, colours, 0, 0, 0))
    for colours in (3, 6)
}


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks."""
    listed = (*chunks, (b"IEND", b""))
    return watermarks.SIGNATURE + b"".join(images.chunk(*each) for each in listed)


WRONG_FILES = {
    "missing.png": (None, '"missing.png" cannot be read: No such file or directory'),
    "empty": (b"", "is empty"),
    "text": (b"logo", "is another kind of file"),
    "jpeg": (b"\xff\xd8\xff\xe0", "is a JPEG; a watermark is a PNG, in RGB or grey."),
    "cmyk tiff": (b"II*\0", "Convert it: magick logo.tif -colorspace sRGB -depth 8"),
    "svg": (b"<svg>", "is an SVG or another text"),
    "pdf": (b"%PDF", "is a PDF"),
    "webp": (b"RIFF", "is a WebP"),
    "16 bits": (watermarks.png(bits=16), "has 16 bits per channel; a watermark has 8."),
    "large": (watermarks.png(2_001, 1), "has 2001x1 pixels; at most 2000 per side"),
    "no pixels": (watermarks.png(0, 1), "has 0x1 pixels"),
    "heavy": (bytes(png.MAX_BYTES + 1), "has more than 512 KB"),
    "animated": (watermarks.png(extra=((b"acTL", bytes(8)),)), "is animated"),
    "no header": (watermarks.SIGNATURE, "is damaged: it is wrong or cut off at byte 8"),
    "short header": (
        watermarks.SIGNATURE + images.chunk(b"IHDR", b"") + images.chunk(b"IEND", b""),
        "is damaged: its header is missing",
    ),
    "cut": (LOGO[:-1], "is damaged: it is wrong or cut off at byte"),
    "cut in the pixels": (LOGO[:50], "is damaged: it is wrong or cut off at byte"),
    "wrong checksum": (LOGO.replace(b"IHDR\0", b"IHDR\1"), "is damaged"),
    "too few rows": (watermarks.png(row=1), "is damaged: it has too few or too many"),
    "too many rows": (watermarks.png(row=99), "is damaged: it has too few or too many"),
    "unknown colours": (watermarks.png(colours=5), "is damaged"),
    **{
        f"{bits} bits of type {colours}": (
            watermarks.png(bits=bits, colours=colours),
            "is damaged: its header has values that PNG does not have",
        )
        for bits, colours in ((0, 2), (3, 0), (4, 2), (4, 6))
    },
    **{
        f"methods {methods}": (watermarks.png(methods=methods), "its header has values")
        for methods in ((1, 0, 0), (0, 5, 0), (0, 0, 2))
    },
    **{
        f"a palette of {length} bytes": (
            watermarks.png(colours=3, palette=bytes(length)),
            "is damaged: its palette is missing or damaged",
        )
        for length in (0, 4, 3 * 257)
    },
    "a late palette": (
        _png(HEADERS[3], (b"IDAT", PIXELS), (b"PLTE", bytes(3))),
        "its palette is missing or damaged",
    ),
    "unknown filter": (
        watermarks.png(2, 2, pixels=(b"\0" + bytes(8) + b"\5" + bytes(8))),
        "is damaged: its pixels are filtered in a way that PNG does not have",
    ),
    "too few interlaced pixels": (
        watermarks.png(methods=(0, 0, 1), pixels=bytes(67)),
        "is damaged: it has too few or too many",
    ),
    "two headers": (watermarks.png(extra=(HEADERS[6],)), "its chunk 'IHDR' is out of"),
    "late header": (_png((b"IDAT", PIXELS), HEADERS[6]), "its chunk 'IDAT' is out of"),
    "unknown chunk": (watermarks.png(extra=((b"ABCD", b""),)), "its chunk 'ABCD' is"),
    "parted pixels": (
        _png(
            HEADERS[6], (b"IDAT", PIXELS[:6]), (b"tEXt", b"a\0b"), (b"IDAT", PIXELS[6:])
        ),
        "is damaged: its chunk 'IDAT' is out of place",
    ),
    "cut pixels": (_png(HEADERS[6], (b"IDAT", PIXELS[:-4])), "it has too few"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_file_that_cannot_be_a_watermark_is_reported(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, rule = WRONG_FILES[name]
    if content is not None:
        monkeypatch.setitem(FILES, name, content)
    with pytest.raises(SizesError) as caught:
        _parse("9x", {"geometry": "8x", "watermark": {"file": name}}, quality=0)
    found = {one.place: one.rule for one in caught.value.mistakes}
    assert rule in found["sizes[1].watermark.file"]
    assert "quality" in found, "all mistakes are reported at once"


@pytest.mark.parametrize(
    "blob",
    [
        *(watermarks.png(colours=kind) for kind in (0, 2, 3, 4, 6)),
        *(watermarks.png(9, 3, bits=bits, colours=0) for bits in (1, 2, 4, 8)),
        watermarks.png(extra=((b"tEXt", b"a\0b"), (b"gAMA", bytes(4)))),
        watermarks.png(2_000, 1, colours=0),
        *(
            # Adam7: a row for each pass and eight pixels, of which some have none.
            watermarks.png(*sides, methods=(0, 0, 1), pixels=bytes(length))
            for sides, length in (((1, 1), 5), ((4, 4), 71), ((8, 8), 271))
        ),
        _png(HEADERS[6], (b"IDAT", PIXELS[:6]), (b"IDAT", PIXELS[6:])),
        LOGO + b"more",
    ],
)
def test_a_png_can_be_a_watermark(blob: bytes) -> None:
    assert png.problem(blob) is None


@given(st.data())
def test_a_damaged_png_is_never_accepted(data: st.DataObject) -> None:
    """Its checksums protect all of it; a cut one lacks its end."""
    at = data.draw(st.integers(0, len(LOGO) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != LOGO[at]))
    assert png.problem(LOGO[:at] + bytes([byte]) + LOGO[at + 1 :])
    assert png.problem(LOGO[:at])


def test_a_png_that_unpacks_to_gigabytes_is_refused_at_once() -> None:
    body = zlib.compress(bytes(300_000_000), 9)
    header = watermarks.png(1_000, 1_000)[8:33]
    blob = watermarks.SIGNATURE + header + images.chunk(b"IDAT", body)
    tracemalloc.start()
    assert "is damaged" in str(png.problem(blob + images.chunk(b"IEND", b"")))
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


SIDES = st.integers(1, 3_000)


@given(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES), st.data())
def test_it_is_drawn_within_the_variant(
    variant: tuple[int, int], own: tuple[int, int], data: st.DataObject
) -> None:
    gravity = data.draw(st.sampled_from(sorted(PLACES)))
    percent = data.draw(st.integers(1, 100))
    left, top, width, height = Watermark("", gravity, 1, percent).box(variant, own)
    assert min(left, top) >= 0
    assert min(width, height) >= 1
    assert left + width <= variant[0]
    assert top + height <= variant[1]
    assert width <= max(1, round(variant[0] * percent / 100))


@pytest.mark.parametrize(
    ("gravity", "percent", "box"),
    [
        ("northwest", 20, (6, 6, 80, 40)),
        ("north", 20, (160, 6, 80, 40)),
        ("southeast", 20, (314, 154, 80, 40)),
        ("center", 50, (100, 50, 200, 100)),
        ("east", 10, (354, 90, 40, 20)),
        ("southwest", 100, (6, 6, 376, 188)),  # as high as the room within the margins
    ],
)
def test_its_place(gravity: str, percent: int, box: tuple[int, ...]) -> None:
    found = Watermark("", gravity, 1, percent).box((400, 200), (40, 20))
    assert found == box


PLAIN = {"file": "logo.png"}


@pytest.mark.parametrize(
    "other",
    [
        {"file": "other.png"},
        {**PLAIN, "gravity": "north"},
        {**PLAIN, "opacity": 0.5},
        {**PLAIN, "width": "21%"},
        {**PLAIN, "minWidth": 1},
        False,
    ],
    ids=str,
)
def test_every_part_of_it_is_part_of_the_recipe(other: Any) -> None:
    (size,), (changed,) = _parse("9x", watermark=PLAIN), _parse("9x", watermark=other)
    assert recipe(size) != recipe(changed)


def test_defaults_and_paths_are_not_part_of_the_recipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(FILES, "copy.png", LOGO)
    spelt = {"file": "copy.png", "gravity": "southeast", "opacity": 1.0, "width": "20%"}
    (one,), (same,) = _parse("9x", watermark=PLAIN), _parse("9x", watermark=spelt)
    assert recipe(one) == recipe(same)
    (without,), (never,) = _parse("9x", watermark=False), _parse("9x")
    assert recipe(without) == recipe(never)


GEOMETRIES = (
    *("9x", "x9", "9", "9x9", "9x5!", "9x!", "x9!", "9x>", "9x7>", "9x<", "9x7!<"),
    *("9x7^", "9x^", "50%", "50%x20%", "90@", "90@>"),
)


WHOLE = st.fixed_dictionaries({"crop": st.booleans(), "enlarge": st.booleans()})


@given(st.sampled_from(GEOMETRIES), SIDES, SIDES, WHOLE)
def test_no_variant_is_wider_than_its_sizes_maximum(
    geometry: str, width: int, height: int, whole: dict[str, bool]
) -> None:
    assume("<" not in geometry or whole["enlarge"])
    entry = {"geometry": geometry, "name": "a"}
    (size,) = parse(json.dumps({"sizes": [entry], **whole}))
    found, _ = size.dimensions(width, height)
    assert size.max_width is None or found <= size.max_width


@pytest.mark.parametrize(
    ("entry", "matters"),
    [
        ("9x", False),
        ("10x", True),
        ("x9", True),
        ({"geometry": "9x9!", "name": "a"}, False),
        ({"geometry": "9x9^", "name": "a"}, True),
        ({"geometry": "9x9^", "name": "a", "crop": True}, False),
        ({"geometry": "9x<", "name": "a"}, True),
        ({"geometry": "9%", "name": "a"}, True),
        ({"geometry": "9@", "name": "a"}, True),
    ],
    ids=str,
)
def test_a_watermark_that_is_never_drawn_is_no_part_of_the_recipe(
    entry: Any, *, matters: bool
) -> None:
    """A new logo leaves the variants that are too narrow for it as they are."""
    (plain,), (size,) = (
        _parse(entry, watermark=one) for one in (False, {**PLAIN, "minWidth": 10})
    )
    assert (recipe(size) != recipe(plain)) is matters


def _compact(text: str) -> str:
    """As `cdk deploy` puts it into the function's environment."""
    document = json.loads(text)
    parse_document(document, _read)
    return compact(document)


def test_the_function_finds_the_file_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, when it starts; it does not hash a file for each upload."""
    document = json.dumps({"sizes": ["9x", {"geometry": "8x", "watermark": PLAIN}]})
    text = _compact(document)
    assert f'"file":"sha256:{DIGEST}"' in text
    assert "logo.png" not in text
    variables = {
        "ORIGINAL_BUCKET": "a",
        "RESIZED_BUCKET": "b",
        "ACCOUNT_ID": "1",
        "SIZES": text,
        "MIRROR_DELETES": "true",
        "METRICS": "all",
    }
    monkeypatch.setenv(files.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(SettingsError, match="is not in the container image; deploy"):
        read_settings(variables)
    file = tmp_path / files.file_name(DIGEST)
    file.write_bytes(LOGO[:-1])
    with pytest.raises(SettingsError, match="was changed after the deployment"):
        read_settings(variables)
    file.write_bytes(LOGO)
    sizes = read_settings(variables).sizes
    assert sizes == parse(document, _read)
    assert sizes[1].watermark
    assert sizes[1].watermark.data == LOGO


def test_commands_compare_with_what_is_deployed_without_the_file() -> None:
    document = json.dumps({"sizes": ["9x"], "watermark": PLAIN})
    deployed = parse(_compact(document))
    assert deployed == parse(document, _read)
    assert deployed[0].watermark
    assert deployed[0].watermark.data == b""


@pytest.mark.parametrize("name", ["no.png", "folder", "null\0byte", "\ud800", "pipe"])
def test_a_file_that_cannot_be_read_is_a_mistake(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    file = tmp_path / "sizes.json"
    watermark = {"file": f"{tmp_path}/{name}"}
    file.write_text(json.dumps({"sizes": ["9x"], "watermark": watermark}))
    with pytest.raises(SizesFileError, match=r"watermark\.file: .* cannot be read: "):
        load(file)


def test_a_file_is_read_from_the_folder_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "logo.png").write_bytes(LOGO)
    file = tmp_path / "sizes.json"
    watermark = {"file": "config/logo.png"}
    file.write_text(json.dumps({"sizes": ["9x"], "watermark": watermark}))
    (size,) = load(file)
    assert size.watermark
    assert (size.watermark.digest, size.watermark.data) == (DIGEST, LOGO)
    assert read(file, "").watermarks == {DIGEST: LOGO}
