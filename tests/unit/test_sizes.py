"""sizes.json: what is valid, and how mistakes are reported."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from resize_on_upload.sizes.entry import proposed_name
from resize_on_upload.sizes.key_patterns import KeyPatterns
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.sizes.parser import compact, parse

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "config" / "sizes.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)

GOOD: list[dict[str, Any]] = [
    {"sizes": ["150x", "50x50", "x150"]},
    {"$schema": "./sizes.schema.json", "sizes": ["150"], "enlarge": False},
    {"sizes": [{"geometry": "200x200^", "name": "square", "crop": True}]},
    {"sizes": [{"geometry": "150x", "format": "avif", "quality": 50}]},
    {"sizes": ["1x"], "format": "webp", "quality": 82, "background": "#fff"},
    {"sizes": [{"geometry": "1x", "maxBytes": 1_000}], "maxBytes": 100_000_000},
    {"sizes": ["1x"], "progressive": "auto", "lossless": "auto"},
    {"sizes": [{"geometry": "1x", "progressive": True, "lossless": False}]},
    {"sizes": [{"geometry": "1x", "formats": ["webp", "png"], "lossless": True}]},
    {"sizes": ["1x"], "format": "png", "progressive": False, "lossless": False},
    {
        "sizes": [{"geometry": "1x", "format": "webp"}, "2x"],
        "format": "jpeg",
        "lossless": True,
    },
    {"sizes": [{"geometry": "50%x30%", "name": "third"}], "gravity": "north"},
    {"sizes": [{"geometry": "90000@>", "name": "area"}]},
    {"sizes": [{"geometry": "64x64", "include": ["avatars/*"]}, "150x"]},
    {"sizes": ["150x"], "include": ["*.jpg", "?.png"], "exclude": ["private/*"]},
    {"sizes": ["1x"], "formats": ["avif", "webp", "original"]},
    {"sizes": [{"geometry": "1x", "sharpen": 0.5}, "2x"], "sharpen": 2},
    {"sizes": [{"geometry": "1x", "formats": ["webp", "gif"]}], "format": "png"},
    {"sizes": [{"geometry": "1x", "format": "png"}], "formats": ["avif", "jpeg"]},
    {"sizes": ["1x"], "manifest": True, "takenAt": True, "location": True},
    {"sizes": ["1x"], "takenAt": False, "location": False},
]

_CROPPED = {"geometry": "9x9^", "name": "a", "crop": True}
GOOD += [
    {
        "sizes": [
            {**_CROPPED, "gravity": "auto"},
            {**_CROPPED, "geometry": "9x8>^", "name": "b"},
        ]
    },
    {"sizes": [{"geometry": "9x9^", "name": "a", "gravity": "auto"}], "crop": True},
    {
        "sizes": [{"geometry": "1x", "format": "png", "hdr": "drop"}, "2x"],
        "hdr": "keep",
    },
    {"sizes": [{"geometry": "1x", "formats": ["avif", "jpeg"], "hdr": "keep"}]},
    {"sizes": [{"geometry": "1x", "format": "webp"}, "2x"], "hdr": "keep"},
]

# document, place, part of the rule
BAD: list[tuple[Any, str, str]] = [
    ([], "the file", "one JSON object"),
    ({}, "sizes", "a list of 1 to 50"),
    ({"sizes": []}, "sizes", "a list of 1 to 50"),
    ({"sizes": [f"{n}x" for n in range(1, 52)]}, "sizes", "a list of 1 to 50"),
    ({"sizes": "150x"}, "sizes", "a list of 1 to 50"),
    ({"sizes": [150]}, "sizes[0]", "a geometry string or an object"),
    ({"sizes": ["50x50#"]}, "sizes[0].geometry", "not ImageMagick syntax"),
    ({"sizes": ["150x>"]}, "sizes[0].name", "not safe in an S3 key"),
    ({"sizes": ["200x200^"]}, "sizes[0].name", '"name": "200x200-cover"'),
    ({"sizes": ["150x", "150x"]}, "sizes[1].name", "taken by sizes[0]"),
    ({"sizes": [{"name": "a"}]}, "sizes[0].geometry", "as a string"),
    ({"sizes": [{"geometry": "1x", "name": "a/b"}]}, "sizes[0].name", "a prefix"),
    ({"sizes": [{"geometry": "1x", "name": 7}]}, "sizes[0].name", "a prefix"),
    ({"sizes": [{"geometry": "1x", "name": "rejected"}]}, "sizes[0].name", "reserved"),
    ({"sizes": [{"geometry": "1x", "qualty": 7}]}, "sizes[0].qualty", "'quality'"),
    ({"sizes": ["1x"], "sices": []}, "sices", "did you mean 'sizes'"),
    ({"sizes": ["1x"], "quality": 0}, "quality", "from 1 to 100"),
    ({"sizes": ["1x"], "quality": True}, "quality", "from 1 to 100"),
    *(
        ({"sizes": ["1x"], "maxBytes": most}, "maxBytes", "20 kB are 20000")
        for most in (10, 0, -1, 999, 100_000_001, 20_000.5, "20000", True, None)
    ),
    ({"sizes": [{"geometry": "1x", "maxBytes": 20}]}, "sizes[0].maxBytes", "bytes"),
    ({"sizes": ["1x"], "format": "tiff"}, "format", "the formats are"),
    ({"sizes": ["1x"], "format": ["png"]}, "format", "the formats are"),
    *(
        ({"sizes": ["1x"], "formats": formats}, "formats", "it lists avif, webp or")
        for formats in (
            *("webp", [], ["original"], ["webp"], ["avif", "webp"]),
            *(["original", "webp"], ["webp", "png", "jpeg"], ["webp", "webp", "png"]),
            *(["webp", "tiff"], ["WebP", "png"], ["jpeg", "original"], [1, "png"]),
            ["avif", "webp", "avif", "png"],
        )
    ),
    (
        {"sizes": ["1x"], "formats": ["webp", "png"], "format": "png"},
        "formats",
        'cannot be combined with "format"',
    ),
    (
        {"sizes": [{"geometry": "1x", "formats": ["webp", "png"], "format": "png"}]},
        "sizes[0].formats",
        'cannot be combined with "format"',
    ),
    *(
        ({"sizes": ["1x"], option: value}, option, 'true, false or "auto"')
        for option in ("progressive", "lossless")
        for value in ("yes", "true", 1, 0, None, [True])
    ),
    ({"sizes": ["1x"], "gravity": "up"}, "gravity", "the gravities are"),
    ({"sizes": ["1x"], "gravity": "Auto"}, "gravity", "southeast, auto."),
    ({"sizes": ["1x"], "crop": "yes"}, "crop", "true or false"),
    ({"sizes": ["1x"], "enlarge": "no"}, "enlarge", "true or false"),
    ({"sizes": ["1x"], "manifest": 1}, "manifest", "true or false"),
    *(
        ({"sizes": ["1x"], "manifest": True, key: value}, key, "it is true or false")
        for key in ("takenAt", "location")
        for value in ("yes", 1, None, {"gps": True})
    ),
    *(
        (
            {"sizes": ["1x"], "manifest": True, wrong: True},
            wrong,
            f"did you mean {key!r}",
        )
        for wrong, key in (("takenat", "takenAt"), ("Location", "location"))
    ),
    (
        {"sizes": [{"geometry": "1x", "location": True}]},
        "sizes[0].location",
        'is for all sizes: put it next to "sizes".',
    ),
    (
        {"sizes": [{"geometry": "1x", "manifest": True}]},
        "sizes[0].manifest",
        'is for all sizes: put it next to "sizes".',
    ),
    ({"sizes": ["1x"], "focus": "0.3,0.6"}, "focus", "each upload has its own"),
    (
        {"sizes": [{"geometry": "1x", "focus": [0.3, 0.6]}]},
        "sizes[0].focus",
        "each upload has its own, as metadata: remove it. The keys here are geometry,",
    ),
    ({"sizes": ["1x"], "thumbhash": True}, "thumbhash", "every manifest has it"),
    ({"sizes": ["1x"], "manifest": {"sharpen": 1}}, "manifest", "true or false"),
    ({"sizes": ["1x"], "max_bytes": 20_000}, "max_bytes", "did you mean 'maxBytes'"),
    ({"sizes": ["1x"], "watermarks": []}, "watermarks", "did you mean 'watermark'"),
    ({"sizes": ["1x"], "background": "pink"}, "background", "#rgb"),
    ({"sizes": ["1x"], "copyright": "me"}, "copyright", "true or false"),
    ({"sizes": ["1x"], "animation": True}, "animation", "the choices are"),
    *(
        ({"sizes": ["1x"], "sharpen": value}, "sharpen", "from 0 (off) to 2")
        for value in (-1, -0.01, 2.01, 3, 10**400, "1", True, False, None, [1])
    ),
    (
        {"sizes": [{"geometry": "1x", "sharpen": "x"}]},
        "sizes[0].sharpen",
        '"x" is not valid: it is a number',
    ),
    ({"sizes": ["1x"], "sharpening": 1}, "sharpening", "did you mean 'sharpen'"),
    ({"sizes": ["1x"], "hdr": True}, "hdr", "the choices are drop, keep"),
    ({"sizes": [{"geometry": "1x", "hdr": "Keep"}]}, "sizes[0].hdr", "the choices are"),
    ({"sizes": ["1x"], "include": "avatars/*"}, "include", "1 to 20 key patterns"),
    ({"sizes": ["1x"], "exclude": []}, "exclude", "1 to 20 key patterns"),
    ({"sizes": ["1x"], "exclude": [""]}, "exclude", "1 to 20 key patterns"),
    ({"sizes": [{"geometry": "1x", "include": [7]}]}, "sizes[0].include", "patterns"),
    ({"sizes": ["1x"], "exclude": ["*.gif", "/a/*"]}, "exclude[1]", 'write "a/*"'),
    ({"sizes": ["1x"], "include": ["/"]}, "include[0]", 'write "*"'),
    (
        {"sizes": [{"geometry": "1x", "include": ["//a/*"]}]},
        "sizes[0].include[0]",
        '"?a/*" for keys that do',
    ),
    *(
        (
            {"sizes": [{"geometry": "1x", option: value, **format_}]},
            f"sizes[0].{option}",
            f"is only for {fmt}, which no variant here can be",
        )
        for option, value, fmt, format_ in (
            ("lossless", True, "webp", {"format": "jpeg"}),
            ("lossless", "auto", "webp", {"format": "jpeg"}),
            ("lossless", True, "webp", {"format": "avif"}),
            ("lossless", "auto", "webp", {"format": "avif"}),
            ("lossless", True, "webp", {"formats": ["avif", "png"]}),
            ("lossless", "auto", "webp", {"formats": ["avif", "png"]}),
            ("progressive", True, "jpeg", {"format": "webp"}),
            ("progressive", "auto", "jpeg", {"format": "webp"}),
            ("progressive", True, "jpeg", {"formats": ["avif", "webp", "gif"]}),
            ("progressive", "auto", "jpeg", {"formats": ["avif", "webp", "gif"]}),
            ("hdr", "keep", "jpeg", {"format": "png"}),
            ("hdr", "keep", "jpeg", {"formats": ["avif", "webp", "png"]}),
        )
    ),
    *(
        ({"sizes": ["1x"], key: True, **more}, key, 'requires "manifest": true')
        for key in ("takenAt", "location")
        for more in ({}, {"manifest": False})
    ),
    (
        {"sizes": [{"geometry": "150x", "crop": True}]},
        "sizes[0].crop",
        "needs a geometry WxH^",
    ),
    (
        {"sizes": [{"geometry": "150x", "gravity": "north"}]},
        "sizes[0].gravity",
        'requires "crop": true',
    ),
    (
        {"sizes": [{"geometry": "150x", "gravity": "auto"}]},
        "sizes[0].gravity",
        'requires "crop": true',
    ),
]

BAD += [
    (
        {"sizes": ["1x", "2x"], "format": "jpeg", "lossless": True},
        "lossless",
        "is only for webp",
    ),
    (
        {"sizes": ["1x"], "format": "jpeg", "lossless": True, "progressive": True},
        "lossless",
        '"format": "webp", "lossless": true',
    ),
    (
        {"sizes": ["1x"], "format": "webp", "hdr": "keep"},
        "hdr",
        '"format": "jpeg", "hdr": "keep"',
    ),
    ({"sizes": ["150x", "0x0"]}, "sizes[1].geometry", "between 1 and"),
    ({"sizes": ["99999x"]}, "sizes[0].geometry", "between 1 and"),
    ({"sizes": ["16384x"]}, "sizes[0].geometry", "between 1 and"),
    ({"sizes": ["9" * 5000]}, "sizes[0].geometry", "whole pixels"),
    *(
        ({"sizes": [{"geometry": wrong, "name": "a"}]}, "sizes[0].geometry", rule)
        for wrong, rule in (
            ("150x>>", "each flag may be given once"),
            ("150x^!", "'!' cannot be combined with '^'"),
            ("150x><", "mutually exclusive"),
            ("0%", "above 0 and at most 1000"),
            ("1001%", "above 0 and at most 1000"),
            ("50%x0%", "above 0 and at most 1000"),
            ("50.5", "in whole pixels"),
            ("0@", "the area must be"),
            ("50@^", "only '>' may follow it"),
            ("x", "in whole pixels"),
        )
    ),
    (
        {"sizes": [{"geometry": "1x", "formats": ["webp", "png"]}, "1x.webp"]},
        "sizes[1].geometry",
        "not a valid geometry",
    ),
    (
        {"sizes": [{"geometry": "1x", "formats": ["webp", "png"]}] * 2},
        "sizes[1].name",
        "the prefix '1x' is taken by sizes[0].",
    ),
    (
        {
            "sizes": [
                {"geometry": "1x", "name": "a" * 60, "formats": ["webp", "png"]},
            ]
        },
        "sizes[0].name",
        "at most 59 characters",
    ),
    (
        {"sizes": [{"geometry": "9x<", "name": "a"}], "enlarge": False},
        "sizes[0].geometry",
        "only enlarges",
    ),
    (
        {"sizes": [{"geometry": "9x", "name": "manifest"}], "manifest": True},
        "manifest.name",
        "the prefix 'manifest' is taken by sizes[0].",
    ),
]

# reason why a schema cannot know it → document, place, part of the rule
BEYOND_THE_SCHEMA: list[tuple[str, Any, str, str]] = [
    *(
        ("JSON has no such value", {"sizes": ["1x"], "sharpen": value}, "sharpen", rule)
        for value, rule in ((math.nan, "NaN is not valid"),)
    ),
    *(
        ("patterns of a schema see whole characters", document, place, rule)
        for document, place, rule in (
            (
                {"sizes": ["1x"], "include": ["\ud800*"]},
                "include[0]",
                r'"\ud800*" has half a',
            ),
            (
                {"sizes": [{"geometry": "1x", "exclude": ["a", "\ude00\ud83d"]}]},
                "sizes[0].exclude[1]",
                r'"\ude00\ud83d" has half a',
            ),
        )
    ),
    (
        "no sums",
        {"sizes": [f"{n}x" for n in range(1, 18)], "formats": ["avif", "webp", "png"]},
        "sizes",
        'are 51, 34 of them added by "formats"; at most 50',
    ),
    (
        "no products: 16383 times 16383",
        {"sizes": [{"geometry": "268402690@", "name": "a"}]},
        "sizes[0].geometry",
        "the area must be between 1 and",
    ),
    (
        "an option of another object",
        {"sizes": [{"geometry": "1x", "name": "a" * 60}], "formats": ["webp", "png"]},
        "sizes[0].name",
        "at most 59 characters",
    ),
    (
        "an option of another object",
        {"sizes": [{"geometry": "1x", "lossless": True}], "format": "jpeg"},
        "sizes[0].lossless",
        "is only for webp",
    ),
    *(
        ("names in several objects", {"sizes": entries}, "sizes[1].name", rule)
        for entries, rule in (
            (
                ["1x", {"geometry": "2x", "name": "1x"}],
                "the prefix '1x' is taken by sizes[0].",
            ),
            (
                [
                    {"geometry": "1x", "formats": ["webp", "png"]},
                    {"geometry": "2x", "name": "1x.webp"},
                ],
                "'1x.webp' is taken by the \"formats\" of sizes[0].",
            ),
            (
                [
                    {"geometry": "2x", "name": "1x.webp"},
                    {"geometry": "1x", "formats": ["webp", "png"]},
                ],
                "'1x.webp' of its \"formats\" is taken by sizes[0].",
            ),
        )
    ),
]


def _mistakes(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(SizesError) as caught:
        parse(json.dumps(document))
    return [(m.place, f"{m.rule} {m.example}") for m in caught.value.mistakes]


@pytest.mark.parametrize("document", GOOD, ids=json.dumps)
def test_good_documents_parse_and_satisfy_the_schema(document: Any) -> None:
    parsed = parse(json.dumps(document))
    sizes = [size for size in parsed if not (size.fallback or size.suffix)]
    assert len(sizes) == len(document["sizes"])
    VALIDATOR.validate(document)


@pytest.mark.parametrize(
    ("document", "place", "rule"),
    [*BAD, *(one[1:] for one in BEYOND_THE_SCHEMA)],
    ids=lambda value: json.dumps(value)[:60],
)
def test_threat_84_mistakes_name_place_rule_and_example(
    document: Any, place: str, rule: str
) -> None:
    assert any(p == place and rule in r for p, r in _mistakes(document))


@pytest.mark.parametrize("document", [bad for bad, _, _ in BAD], ids=json.dumps)
def test_the_schema_refuses_what_the_parser_refuses(document: Any) -> None:
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    ("reason", "document"), [one[:2] for one in BEYOND_THE_SCHEMA], ids=repr
)
def test_the_schema_accepts_only_what_it_cannot_know(
    reason: str, document: Any
) -> None:
    """If it refuses one of these, that belongs to BAD."""
    assert VALIDATOR.is_valid(document), reason


GEOMETRIES = st.from_regex(r"[0-9x]{1,9}[%@!><^]{0,2}", fullmatch=True) | st.text(
    alphabet="0156x%@!><^.", min_size=1, max_size=8
)


@given(GEOMETRIES)
@settings(max_examples=500)
def test_the_schema_and_the_parser_agree_on_every_geometry(geometry: str) -> None:
    """With a name, which the flags need; of areas, the schema knows nine digits."""
    document = {"sizes": [{"geometry": geometry, "name": "a"}]}
    try:
        parse(json.dumps(document))
    except SizesError as error:
        refused = not VALIDATOR.is_valid(document)
        assert refused or "the area must be" in str(error)
    else:
        assert VALIDATOR.is_valid(document)


def test_the_snippets_of_the_schema_are_valid_sizes() -> None:
    """Editors insert them; ${1:text} stands for a text to replace."""
    snippets = SCHEMA["properties"]["sizes"]["items"]["defaultSnippets"]
    bodies = json.dumps([one["body"] for one in snippets])
    document = {"sizes": json.loads(re.sub(r"\$\{\d:([^}]*)\}", r"\1", bodies))}
    assert len(document["sizes"]) == 4
    assert parse(json.dumps(document))
    VALIDATOR.validate(document)


def test_editors_accept_what_the_commands_accept() -> None:
    """VS Code reports comments in a .json file unless its schema allows them."""
    assert SCHEMA["allowComments"]
    assert SCHEMA["allowTrailingCommas"]


def test_all_mistakes_are_reported_at_once() -> None:
    """One run of synth is enough to correct a file."""
    document = {
        "sizes": ["150x", "0x", {"geometry": "10x", "quality": 900}, "150x"],
        "formatz": "webp",
    }
    places = [place for place, _ in _mistakes(document)]
    assert sorted(places) == [
        "formatz",
        "sizes[1].geometry",
        "sizes[2].quality",
        "sizes[3].name",
    ]


FORMATS = {
    "formats": ["avif", "webp", "jpeg"],
    "quality": 70,
    "sizes": [
        {"geometry": "9x", "make": "request", "include": ["a/*"], "quality": 5},
        {"geometry": "8x", "formats": ["webp", "original"]},
        {"geometry": "7x", "format": "gif"},
    ],
}


def test_formats_add_siblings_with_all_other_options() -> None:
    sizes = {size.name: size for size in parse(json.dumps(FORMATS))}
    found = {name: (size.format, size.fallback) for name, size in sizes.items()}
    assert found == {
        "9x": ("jpeg", ""),
        "9x.avif": ("avif", "jpeg"),
        "9x.webp": ("webp", "jpeg"),
        "8x": ("original", ""),
        "8x.webp": ("webp", "original"),
        "7x": ("gif", ""),
    }
    for size in sizes.values():
        base = sizes[size.name.partition(".")[0]]
        assert size.fallback_size == base
        assert (size.make, size.quality) == (base.make, base.quality)
        assert size.key_patterns == base.key_patterns


def test_one_collision_is_one_mistake() -> None:
    entry = {"geometry": "1x", "formats": ["avif", "webp", "png"]}
    assert len(_mistakes({"sizes": [entry, entry]})) == 1


def test_a_key_that_starts_with_a_slash_can_still_be_matched() -> None:
    (size,) = parse('{"sizes": [{"geometry": "1x", "include": ["?a/*"]}]}')
    assert size.key_patterns.match("/a/b.png")
    assert not size.key_patterns.match("a/b.png")


def test_a_character_written_as_two_escapes_is_whole() -> None:
    (size,) = parse(r'{"sizes": ["1x"], "include": ["\ud83d\ude00*"]}')
    assert size.key_patterns.match("😀.png")


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(SizesError, match="line 3"):
        parse('{\n "sizes": [\n "150x",,\n ]}')


def test_a_key_written_twice_is_a_mistake() -> None:
    """JSON parsers keep the last one, silently."""
    with pytest.raises(SizesError, match="written twice"):
        parse('{"sizes": ["150x"], "sizes": ["50x"]}')


def test_a_size_s_options_override_the_file_s() -> None:
    document = {
        "sizes": ["150x", {"geometry": "50x", "format": "png"}],
        "format": "webp",
        "quality": 70,
    }
    first, second = parse(json.dumps(document))
    assert (first.format, first.quality) == ("webp", 70)
    assert (second.format, second.quality) == ("png", 70)


def test_a_default_crop_only_applies_to_covering_geometries() -> None:
    document = {"sizes": ["150x", {"geometry": "9x9^", "name": "a"}], "crop": True}
    assert [size.crop for size in parse(json.dumps(document))] == [False, True]


@given(st.text(alphabet="0123456789x!><^%@", min_size=1, max_size=20))
def test_proposed_names_are_names(geometry: str) -> None:
    """The name that a message proposes is valid."""
    name = proposed_name(geometry)
    assert parse(json.dumps({"sizes": [{"geometry": "1x", "name": name}]}))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_json_is_read_or_its_mistakes_reported(value: Any) -> None:
    """Whatever is in the file, the result is a list of mistakes."""
    for document in (value, {"sizes": value}, {"sizes": ["1x"], "quality": value}):
        try:
            parse(json.dumps(document))
        except SizesError as error:
            assert error.mistakes


@pytest.mark.parametrize("document", GOOD, ids=json.dumps)
def test_compact_text_means_the_same(document: Any) -> None:
    text = json.dumps(document, indent=4)
    assert parse(compact(document)) == parse(text)
    assert len(compact(document)) < len(text)


def test_sizes_and_geometry_need_neither_wand_nor_boto3() -> None:
    """Synth runs them on machines without ImageMagick."""
    program = (
        "import sys; sys.modules['wand'] = sys.modules['boto3'] = None; "
        "sys.modules['botocore'] = None; sys.path.insert(0, 'lambda'); "
        "from resize_on_upload.sizes import geometry, parser; "
        "print(parser.parse(open('config/sizes.json').read())[0].name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "150x\n"


@pytest.mark.parametrize(
    ("include", "exclude", "key", "matches"),
    [
        ([], [], "any/thing.png", True),
        (["avatars/*"], [], "avatars/a.png", True),
        (["avatars/*"], [], "avatars/deep/er/a.png", True),
        (["avatars/*"], [], "my-avatars/a.png", False),
        (["*.jpg", "*.png"], [], "a.png", True),
        (["*.jpg"], [], "a.JPG", False),
        (["?.png"], [], "a.png", True),
        (["?.png"], [], "ab.png", False),
        (["*"], ["private/*"], "private/a.png", False),
        ([], ["*.pdf"], "line\nbreak.pdf", False),
        (["a[1].(png)"], [], "a[1].(png)", True),
        (["a.png"], [], "abpng", False),
    ],
)
def test_patterns_match_the_whole_key(
    include: list[str],
    exclude: list[str],
    key: str,
    matches: bool,  # noqa: FBT001 - a table
) -> None:
    """Only `*` and `?` are special; exclude overrides include."""
    assert KeyPatterns(tuple(include), tuple(exclude)).match(key) is matches


def test_a_size_s_own_include_replaces_the_file_s_and_exclude_adds_to_it() -> None:
    """No size includes what the whole file excludes."""
    own = {"geometry": "64x64", "include": ["avatars/*"], "exclude": ["*.gif"]}
    document = {"sizes": ["150x", own], "include": ["photos/*"], "exclude": ["*.pdf"]}
    wide, square = parse(json.dumps(document))
    assert wide.key_patterns == KeyPatterns(("photos/*",), ("*.pdf",))
    assert square.key_patterns == KeyPatterns(("avatars/*",), ("*.pdf", "*.gif"))
