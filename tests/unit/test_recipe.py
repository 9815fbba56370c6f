"""Hashes stored in people's buckets: if one changes, its variants become stale."""

from __future__ import annotations

import json
from typing import Any

import pytest

from resize_on_upload.reconcile.recipe import combined_recipe, recipe, recipe_of
from resize_on_upload.sizes.options import OPTIONS
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.carry_over import CarryOverRules

NAMED = {"geometry": "150x", "name": "a"}
COVER = {"geometry": "200x200^", "name": "a", "crop": True}

SIZES: list[tuple[Any, str]] = [
    ("150x", "f1f3996c385779b3"),
    ("50x50", "ff7cb2e50899e4d0"),
    ("x150", "85fa6eeaab907d88"),
    ({"geometry": "200%", "name": "a"}, "d8caf9e5aefb290b"),
    ({"geometry": "800x600>", "name": "a"}, "612547aff47e95db"),
    ({"geometry": "640x480<", "name": "a"}, "e53dadf4b918957d"),
    ({"geometry": "100x100!", "name": "a"}, "723ef6f114b7aef8"),
    ({"geometry": "10000@", "name": "a"}, "2aaf755d60634273"),
    ({"geometry": "200x200^", "name": "a"}, "ce13a6bc44f48fac"),
    (COVER, "6003c7f55f446133"),
    ({**COVER, "gravity": "north"}, "ad9a22cfeeea152b"),
    ({**COVER, "gravity": "auto"}, "60985fd66aaaee03"),
    ({**NAMED, "format": "webp"}, "ef7b3ff83a485dbf"),
    ({**NAMED, "format": "jpeg", "quality": 70}, "5a387000ac5eafac"),
    ({**NAMED, "progressive": True}, "648fa65301efb255"),
    ({**NAMED, "progressive": "auto"}, "40a4926ab99bafc0"),
    ({**NAMED, "lossless": True}, "94a16a5e42639a22"),
    ({**NAMED, "lossless": "auto"}, "d1599a50fc75739f"),
    ({**NAMED, "maxBytes": 20_000}, "7eed94d7693ad2df"),
    ({**NAMED, "format": "jpeg", "background": "black"}, "4416f807134b0123"),
    ({**NAMED, "animation": "first"}, "503dec0074526678"),
    ({**NAMED, "sharpen": 1}, "cafc0c1662c2bb14"),
    ({**NAMED, "copyright": True}, "d93fd609fba39c1b"),
    ({**NAMED, "hdr": "keep"}, "c5a72e144e5a16b5"),
    ({**NAMED, "watermark": {"file": f"sha256:{'ab' * 32}"}}, "0b09516b8a39489b"),
    # Which keys, and when: neither changes what is made.
    ({**NAMED, "include": ["a/*"]}, "f1f3996c385779b3"),
    ({**NAMED, "make": "request"}, "f1f3996c385779b3"),
]


SIBLINGS = {
    "a": "79a3bd4d256453ea",
    "a.avif": "3254091bdbe6ab5d",
    "a.webp": "bfcd5700bac7daef",
}


@pytest.mark.parametrize(("size", "stored"), SIZES, ids=str)
def test_a_size_keeps_its_recipe(size: Any, stored: str) -> None:
    (parsed,) = parse(json.dumps({"sizes": [size]}))
    assert recipe(parsed) == stored


@pytest.mark.parametrize(("one", "other"), [("1", "1.0"), ("0", "0.0"), ("0", "-0.0")])
def test_a_number_has_one_recipe_however_it_is_written(one: str, other: str) -> None:
    sizes = (
        parse(f'{{"sizes": ["150x"], "sharpen": {text}}}') for text in (one, other)
    )
    assert len({recipe(size) for (size,) in sizes}) == 1


def test_no_sharpening_keeps_the_recipe() -> None:
    (size,) = parse('{"sizes": ["150x"], "sharpen": 0.0}')
    assert recipe(size) == SIZES[0][1]


def test_siblings_keep_their_recipes() -> None:
    """The fallback's is that of a size without formats: adding them changes nothing."""
    formats = ["avif", "webp", "jpeg"]
    sizes = parse(json.dumps({"sizes": [{**NAMED, "formats": formats}]}))
    assert {size.name: recipe(size) for size in sizes} == SIBLINGS
    (plain,) = parse(json.dumps({"sizes": [{**NAMED, "format": "jpeg"}]}))
    assert recipe(plain) == SIBLINGS["a"]


def test_every_option_has_its_own_row() -> None:
    """A new option must change the recipe if it is set, and only then."""
    rows = [size for size, _ in SIZES if isinstance(size, dict)]
    assert set(OPTIONS) - {"exclude", "formats"} <= {
        option for row in rows for option in row
    }
    stored = [hashed for _, hashed in SIZES[:-2]]
    assert len(set(stored)) == len(stored)


def test_an_option_of_another_format_changes_no_recipe() -> None:
    """Each is ignored where the variant cannot have its format."""
    formats = {"sizes": [{**NAMED, "formats": ["webp", "avif", "jpeg"]}]}
    plain = parse(json.dumps(formats))
    options = {"progressive": True, "lossless": True}
    changed = {
        (option, size.name)
        for option, value in options.items()
        for size, before in zip(
            parse(json.dumps({**formats, option: value})), plain, strict=True
        )
        if recipe(size) != recipe(before)
    }
    progressive = {("progressive", name) for name in ("a", "a.webp", "a.avif")}
    assert changed == {*progressive, ("lossless", "a.webp")}


@pytest.mark.parametrize(
    ("options", "entry"),
    [
        ({"gravity": "auto"}, "150x"),
        ({"hdr": "keep"}, {"geometry": "150x", "format": "webp"}),
        ({"hdr": "keep"}, {"geometry": "150x", "formats": ["avif", "webp", "png"]}),
    ],
    ids=str,
)
def test_an_option_for_the_whole_file_changes_only_what_it_is_for(
    options: Any, entry: Any
) -> None:
    plain = {"sizes": [entry, "50x50"]}
    before, after = (parse(json.dumps(one)) for one in (plain, {**plain, **options}))
    assert [recipe(size) for size in after[:-1]] == [recipe(s) for s in before[:-1]]


DEFAULTS = {
    "format": "original",
    "sharpen": 0,
    "gravity": "center",
    "crop": False,
    "progressive": False,
    "lossless": False,
    "background": "white",
    "animation": "keep",
    "copyright": False,
    "hdr": "drop",
    "make": "upload",
    "watermark": False,
}


def test_a_default_that_is_written_out_keeps_the_recipe() -> None:
    written = parse(json.dumps({"sizes": ["150x"], "enlarge": True, **DEFAULTS}))
    cropped = parse(json.dumps({"sizes": [{**DEFAULTS, **COVER}]}))
    assert [recipe(size) for size in (*written, *cropped)] == [
        "f1f3996c385779b3",
        "6003c7f55f446133",
    ]
    without = {"formats", "quality", "maxBytes", "include", "exclude"}
    assert set(DEFAULTS) == set(OPTIONS) - without


def test_a_size_that_does_not_enlarge_keeps_its_recipe() -> None:
    (parsed,) = parse('{"sizes": ["150x"], "enlarge": false}')
    assert recipe(parsed) == "b5f86ff0f9ca2279"


@pytest.mark.parametrize(
    ("rules", "stored"),
    [
        (CarryOverRules(names=("cache-control",)), "3627d1aa88377dc2"),
        (CarryOverRules(cache_control="max-age=60"), "d4c2fc165f316393"),
        (CarryOverRules(storage_class="STANDARD_IA"), "8a7d798c26af2f33"),
        (CarryOverRules(versions=True), "1c6744f4d5904e73"),
        (CarryOverRules(cache_tags=True), "ceed4799e0f82aac"),
        (
            CarryOverRules(
                ("metadata:author", "tag:Team"), "max-age=60", "STANDARD_IA"
            ),
            "b532d3956767118f",
        ),
    ],
    ids=["names", "cache-control", "storage-class", "versions", "cache-tags", "all"],
)
def test_what_is_carried_over_keeps_its_recipe(
    rules: CarryOverRules, stored: str
) -> None:
    (parsed,) = parse('{"sizes": ["150x"]}')
    assert recipe(parsed, rules) == stored


def test_a_manifest_keeps_its_recipe() -> None:
    """It changes with MANIFEST_VERSION; the changelog must say so."""
    sizes = parse('{"sizes": ["150x", "50x50"], "manifest": true}')
    (manifest,) = (size for size in sizes if size.suffix)
    assert recipe_of(manifest, sizes) == "1d15762ad4815466"
    rules = CarryOverRules(cache_control="max-age=60")
    assert recipe_of(manifest, sizes, rules) == "b591800bdb2eb7cd"


@pytest.mark.parametrize("fact", ["takenAt", "location"])
def test_a_fact_makes_only_manifests_stale(fact: str) -> None:
    plain = {"sizes": ["150x", "50x50"], "manifest": True}
    *images, manifest = parse(json.dumps(plain))
    *with_fact, other = parse(json.dumps({**plain, fact: True}))
    assert with_fact == images
    assert recipe_of(other, with_fact) != recipe_of(manifest, images)
    assert other.variant_key("a") == manifest.variant_key("a")


def test_the_recipe_of_all_sizes_stays_the_same() -> None:
    assert (
        combined_recipe(parse('{"sizes": ["150x", "50x50", "x150"]}'))
        == "335a5daf003c2d47"
    )
