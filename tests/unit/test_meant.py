"""Mistakes in sizes.json are answered with what was probably meant."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.sizes import geometry
from resize_on_upload.sizes.meant import geometries
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.sizes.options import OPTIONS
from resize_on_upload.sizes.parser import parse, parse_document

CROPPED = {"geometry": "9x9^", "name": "a", "crop": True}

GEOMETRIES = [
    ("150X150", "150x150"),
    ("150×150", "150x150"),  # noqa: RUF001 - as some write it
    ("150 x 150", "150x150"),
    ("150*150", "150x150"),
    ("150 by 150", "150x150"),
    ("150:150", "150x150"),
    ("150px", "150x"),
    ("150 pixels", "150x"),
    ("150x150px", "150x150"),
    ("１５０x", "150x"),  # noqa: RUF001 - as some keyboards write it
    ("-150x", "150x"),
    ("150x-", "150x"),
    ("150xauto", "150x"),
    ("0x150", "x150"),
    ("w150", "150x"),
    ("150h", "x150"),
    ("w150h50", "150x50"),
    ("^150x150", "150x150^"),
    ("50 %", "50%"),
]

# an entry of "sizes" that needs correction, and the last words of its only mistake
ENTRIES: list[tuple[Any, str]] = [
    (150, 'Text needs quotes: did you mean "150x"?'),
    ([150, 50], 'did you mean "150x50"?'),
    ({"width": 150, "height": 150}, 'Example: {"geometry": "150x150"}'),
    ({"width": "150px"}, 'Example: {"geometry": "150x"}'),
    ({"h": 150, "format": "webp"}, 'Example: {"geometry": "x150"}'),
    ({"geometry": 150}, 'as a string. Did you mean "150x"?'),
    *((text, f'Did you mean "{meant}"?') for text, meant in GEOMETRIES),
]

# option, value, what was meant
VALUES: list[tuple[str, Any, str]] = [
    ("format", "jpg", '"format": "jpeg"'),
    ("format", "JPEG", '"format": "jpeg"'),
    ("format", ".JPG", '"format": "jpeg"'),
    ("format", "image/jpeg", '"format": "jpeg"'),
    ("format", "wepb", '"format": "webp"'),
    ("format", "same", '"format": "original"'),
    ("format", ["webp"], '"formats": ["webp", "original"]'),
    ("format", ["webp", "avif"], '"formats": ["webp", "avif", "original"]'),
    ("format", ["jpg"], '"format": "jpeg"'),
    ("formats", "webp", '"formats": ["webp", "original"]'),
    ("formats", ["avif", "webp"], '"formats": ["avif", "webp", "original"]'),
    ("formats", ["JPG", "WebP"], '"formats": ["webp", "jpeg"]'),
    ("formats", ["png"], '"format": "png"'),
    ("quality", "82", '"quality": 82'),
    ("quality", "82%", '"quality": 82'),
    ("quality", 0.82, '"quality": 82'),
    ("maxBytes", "20000", '"maxBytes": 20000'),
    ("maxBytes", "20 kB", '"maxBytes": 20000'),
    ("maxBytes", "1.5MB", '"maxBytes": 1500000'),
    ("sharpen", "1", '"sharpen": 1'),
    ("sharpen", True, '"sharpen": 1'),
    ("sharpen", "0.5", '"sharpen": 0.5'),
    ("crop", "true", '"crop": true'),
    ("crop", 0, '"crop": false'),
    ("copyright", "yes", '"copyright": true'),
    ("progressive", "yes", '"progressive": true'),
    ("background", "ffffff", '"background": "#ffffff"'),
    ("background", "White", '"background": "white"'),
    ("background", "#ffffff80", '"background": "#ffffff"'),
    ("animation", False, '"animation": "first"'),
    ("hdr", True, '"hdr": "keep"'),
    ("make", "on-request", '"make": "request"'),
    ("make", "Upload", '"make": "upload"'),
    ("include", "avatars/*", '"include": ["avatars/*"]'),
    ("watermark", "config/logo.png", '"watermark": {"file": "config/logo.png"}'),
]

GRAVITIES = {
    "top": "north",
    "bottom-right": "southeast",
    "leftTop": "northwest",
    "NorthWest": "northwest",
    "south_east": "southeast",
    "centre": "center",
    "smart": "auto",
    "Auto": "auto",
}

WATERMARKS: list[tuple[str, Any, str]] = [
    ("width", 20, '"width": "20%"'),
    ("width", "20", '"width": "20%"'),
    ("opacity", 50, '"opacity": 0.5'),
    ("opacity", "0.5", '"opacity": 0.5'),
    ("opacity", "50%", '"opacity": 0.5'),
    ("minWidth", "300px", '"minWidth": 300'),
    ("gravity", "right", '"gravity": "east"'),
]

KEYS = [
    ("enlarge", True, "put it next to \"sizes\", or end the geometry with '>'"),
    ("withoutEnlargement", True, 'write "enlarge": false next to "sizes".'),
    ("fit", "cover", "WxH fits into the box, WxH^ fills it"),
    ("qualty", 80, "did you mean 'quality'?"),
    ("max_bytes", 1_000, "did you mean 'maxBytes'?"),
    ("size", "1x", "did you mean 'geometry'?"),
    ("k" * 100_000, 1, "remove it."),
]


def _mistake(document: Any) -> str:
    """The only one."""
    with pytest.raises(SizesError) as caught:
        parse_document(document)
    (mistake,) = caught.value.mistakes
    return str(mistake)


@pytest.mark.parametrize(("entry", "answer"), ENTRIES, ids=repr)
def test_an_entry_is_answered_with_a_size(entry: Any, answer: str) -> None:
    assert _mistake({"sizes": [entry]}).endswith(answer)


@pytest.mark.parametrize(("option", "value", "meant"), VALUES, ids=repr)
def test_a_value_is_answered_with_what_was_meant(
    option: str, value: Any, meant: str
) -> None:
    document = {"sizes": ["1x"], option: value}
    assert _mistake(document).endswith(f" Did you mean {meant}?")
    parse('{"sizes": ["1x"], ' + meant + "}")


@pytest.mark.parametrize(("wrong", "right"), GRAVITIES.items())
def test_a_gravity_is_answered_in_points_of_the_compass(wrong: str, right: str) -> None:
    document = {"sizes": [{**CROPPED, "gravity": wrong}]}
    assert _mistake(document).endswith(f'Did you mean "gravity": "{right}"?')


@pytest.mark.parametrize(("option", "value", "meant"), WATERMARKS, ids=repr)
def test_a_watermark_is_answered_likewise(option: str, value: Any, meant: str) -> None:
    document = {"sizes": ["1x"], "watermark": {"file": "a.png", option: value}}
    assert _mistake(document).endswith(f" Did you mean {meant}?")


@pytest.mark.parametrize(("key", "value", "answer"), KEYS, ids=lambda one: str(one)[:9])
def test_an_unknown_key_is_answered_with_its_place_or_name(
    key: str, value: Any, answer: str
) -> None:
    assert answer in _mistake({"sizes": [{"geometry": "2x", key: value}]})


@given(st.text(alphabet="0123456789xX×*-+:, %^!<>@#pwh", max_size=12))  # noqa: RUF001
def test_a_geometry_is_only_answered_with_a_valid_one(text: str) -> None:
    meant = geometries.corrected(text)
    assert meant is None or geometry.parse(meant)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["webp", "avif", "jpg", "png", "5%", "1e9", "20kb", "Top-Left"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(OPTIONS), JSON)
def test_a_value_is_only_answered_with_a_valid_one(option: str, value: Any) -> None:
    """Whatever the value is: what is proposed has no mistake."""
    try:
        parse_document({"sizes": ["1x"], option: value})
    except SizesError as error:
        for mistake in error.mistakes:
            _, asked, meant = str(mistake).partition(" Did you mean ")
            if asked and mistake.place == option:
                parse('{"sizes": ["1x"], ' + meant.removesuffix("?") + "}")


def test_the_function_does_not_load_what_only_mistakes_need() -> None:
    program = (
        "import sys; from resize_on_upload.sizes.parser import parse; "
        'parse(\'{"sizes": ["1x", {"geometry": "2x", "quality": 3}]}\'); '
        "print(*(name for name in sys.modules if 'meant' in name or name == 'difflib'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "\n"


def test_a_wrong_width_is_answered_and_the_rest_is_checked_too() -> None:
    with pytest.raises(SizesError) as caught:
        parse(json.dumps({"sizes": [{"width": 150, "quality": 101}]}))
    places = [mistake.place for mistake in caught.value.mistakes]
    assert places == ["sizes[0]", "sizes[0].quality"]
