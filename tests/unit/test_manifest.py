"""The document beside the sizes: by its schema, and true."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from resize_on_upload.errors import SizesError, StoreUnavailable
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.results import SourceInfo, Variant
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.manifest import (
    MAX_PLACEHOLDER_CHARACTERS,
    compose,
)
from resize_on_upload.reconcile.recipe import recipe, recipe_of
from resize_on_upload.reconcile.report import Report
from resize_on_upload.reconcile.srcset import VariantFact, sources, srcset
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import MANIFEST, sizes_for_key
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import ORIGINAL, RESIZED
from tests.support import imagemagick, images
from tests.support.fake_s3 import FakeS3

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(
    json.loads((ROOT / "config" / "manifest.schema.json").read_text())
)
KEY = "holiday 2026/Zürich, + See.png"
SIZES = parse(
    '{"manifest": true, "sizes": ["60x", "x60", '
    '{"geometry": "30x30^", "name": "square", "crop": true}]}'
)


class Buckets:
    """Both buckets; real pictures."""

    def __init__(self) -> None:
        self.s3 = FakeS3((ORIGINAL,))
        self.s3.create_bucket(ORIGINAL)
        self.s3.create_bucket(RESIZED)

    def upload(self, body: bytes, key: str = KEY) -> None:
        self.s3.put_object(Bucket=ORIGINAL, Key=key, Body=body)

    def run(
        self, sizes: Any = SIZES, *, key: str = KEY, created: bool = False
    ) -> Report:
        report = Report()
        config = ReconcileConfig(
            Store(self.s3, ORIGINAL, RESIZED, "1"), sizes, make_variants
        )
        reconcile(key, config, report, created=created)
        return report

    def manifest(self) -> dict[str, Any]:
        stored = self.s3.current(RESIZED, f"manifest/{KEY}.json")
        assert stored
        assert stored.content_type == "application/json"
        found: dict[str, Any] = json.loads(stored.body or b"")
        VALIDATOR.validate(found)
        return found

    def lengths(self) -> dict[str, int]:
        held = self.s3.buckets[RESIZED].items()
        return {key: len(one.body or b"") for key, (one,) in held}


@pytest.fixture
def buckets() -> Buckets:
    found = Buckets()
    found.upload(images.png(120, 180))
    return found


def _true(buckets: Buckets) -> dict[str, Any]:
    """The manifest, once every word of it was held against the objects."""
    manifest = buckets.manifest()
    lengths = buckets.lengths()
    assert {one["key"] for one in manifest["variants"]} == {
        key for key in lengths if not key.startswith("manifest/")
    }
    for one in manifest["variants"]:
        stored = buckets.s3.current(RESIZED, one["key"])
        assert stored
        assert one["bytes"] == lengths[one["key"]]
        assert one["type"] == stored.content_type
        size = imagemagick.run(["-", "-format", "%w %h", "info:"], stored.body or b"")
        assert [one["width"], one["height"]] == [int(side) for side in size.split()]
    return manifest


def test_a_manifest_is_true(buckets: Buckets) -> None:
    buckets.run(created=True)
    manifest = _true(buckets)
    assert manifest["source"] | {"id": ""} == {
        "key": KEY,
        "id": "",
        "bytes": len(images.png(120, 180)),
        "format": "png",
        "width": 120,
        "height": 180,
        "frames": 1,
    }
    encoded = "holiday%202026/Z%C3%BCrich%2C%20%2B%20See.png"
    assert manifest["srcset"] == f"x60/{encoded} 40w, 60x/{encoded} 60w"
    assert manifest["sources"] == []


def test_a_manifest_of_two_formats_is_true(buckets: Buckets) -> None:
    """Its URLs lead to objects of the type that stands beside them."""
    webp = {"geometry": "60x", "name": "60x-webp", "format": "webp"}
    buckets.run(parse(json.dumps({"manifest": True, "sizes": ["60x", webp]})))
    manifest = _true(buckets)
    encoded = "holiday%202026/Z%C3%BCrich%2C%20%2B%20See.png"
    assert manifest["srcset"] == f"60x/{encoded} 60w"
    better = {"type": "image/webp", "srcset": f"60x-webp/{encoded} 60w"}
    assert manifest["sources"] == [better]


def test_a_manifest_from_before_sources_is_still_valid(buckets: Buckets) -> None:
    """Old ones stay in buckets until somebody makes them again."""
    buckets.run()
    manifest = buckets.manifest()
    del manifest["sources"]
    VALIDATOR.validate(manifest)


def test_its_recipe_does_not_depend_on_the_order_of_sizes() -> None:
    """Sorting sizes.json makes no manifest stale."""
    assert recipe_of(MANIFEST, SIZES) == recipe_of(MANIFEST, SIZES[::-1])


def test_it_follows_its_original(buckets: Buckets) -> None:
    """Overwritten, spoilt, deleted; a second look changes nothing."""
    buckets.run(created=True)
    first = buckets.manifest()["source"]["id"]
    buckets.upload(images.png(90, 90))
    buckets.run(created=True)
    assert _true(buckets)["source"]["id"] != first
    assert buckets.run().written == []
    buckets.s3.delete_object(Bucket=ORIGINAL, Key=KEY)
    buckets.run()
    assert buckets.lengths() == {}


def test_it_follows_the_sizes(buckets: Buckets) -> None:
    """A size added: it alone is made, and the manifest tells all of them."""
    buckets.run(parse('{"manifest": true, "sizes": ["60x"]}'), created=True)
    assert [one["name"] for one in _true(buckets)["variants"]] == ["60x"]
    both = parse('{"manifest": true, "sizes": ["60x", "80x"]}')
    report = buckets.run(both)
    assert sorted(report.written) == [f"80x/{KEY}", f"manifest/{KEY}.json"]
    assert [one["name"] for one in _true(buckets)["variants"]] == ["60x", "80x"]


def test_a_missing_size_alone_leaves_it(buckets: Buckets) -> None:
    buckets.run(created=True)
    before = buckets.manifest()
    buckets.s3.delete_object(Bucket=RESIZED, Key=f"60x/{KEY}")
    assert buckets.run().written == [f"60x/{KEY}"]
    assert _true(buckets) == before


def test_where_no_size_is_made_there_is_no_manifest(buckets: Buckets) -> None:
    sizes = parse('{"manifest": true, "sizes": ["60x"], "exclude": ["*.pdf"]}')
    assert sizes_for_key(sizes, "a.pdf") == ()
    buckets.upload(images.png(9, 9), "a.pdf")
    assert buckets.run(sizes, key="a.pdf", created=True).written == []


def test_its_recipe_is_that_of_every_size() -> None:
    """And no other size's recipe knows of it."""
    other = parse('{"manifest": true, "sizes": ["61x", "x90"]}')
    assert recipe_of(MANIFEST, SIZES) != recipe_of(MANIFEST, other)
    assert recipe_of(SIZES[0], SIZES) == recipe(SIZES[0])


def test_no_size_may_take_its_prefix() -> None:
    named = {"geometry": "9x", "name": "manifest"}
    assert parse(json.dumps({"sizes": [named]}))
    with pytest.raises(SizesError, match="'manifest' is taken"):
        parse(json.dumps({"sizes": [named], "manifest": True}))


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        (("#ff0000",), "#ff0000"),
        (("#123456",), "#123456"),
        (("white",), "#ffffff"),
        (("none",), "#ffffff"),
        (("#00000080",), "#7f7f7f"),
        (("#2040c0", "#ffe000", "#2040c0"), "#2040c0"),
        (("none", "#ff0000", "none"), "#ffffff"),
    ],
)
def test_the_colour_is_the_dominant_one_on_white(
    colours: tuple[str, ...], expected: str
) -> None:
    """And no mixture: of blue and yellow the larger part, not their grey."""
    bands = [f"xc:{colour}" for colour in colours]
    body = imagemagick.run(["-size", "48x16", *bands, "-append", "png32:-"], b"")
    (variant,) = make_variants(body, [MANIFEST]).variants
    assert variant.color
    made, wanted = bytes.fromhex(variant.color[1:]), bytes.fromhex(expected[1:])
    pairs = zip(made, wanted, strict=True)
    assert all(abs(one - other) <= 1 for one, other in pairs), variant.color


@pytest.mark.parametrize(
    "pattern", ["xc:red", "gradient:", "plasma:", "pattern:bricks"]
)
def test_the_placeholder_is_small(pattern: str) -> None:
    body = imagemagick.run(["-size", "400x300", pattern, "png:-"], b"")
    (variant,) = make_variants(body, [MANIFEST]).variants
    facts = [VariantFact("9x", "9x/k", 9, 7, 1, "image/png")]
    document = json.loads(compose({}, SourceInfo("png", 400, 300), facts, variant))
    assert len(document["placeholder"]) <= MAX_PLACEHOLDER_CHARACTERS
    assert re.match(r"data:image/webp;base64,", document["placeholder"])


def test_a_placeholder_too_long_is_left_out() -> None:
    large = Variant(MANIFEST, "image/webp", 16, 16, b"x" * 2_000, "#000000")
    document = json.loads(compose({}, SourceInfo("png", 4, 3), [], large))
    assert document["placeholder"] is None


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([("a", 40, 30), ("b", 20, 15)], "b/k 20w, a/k 40w"),
        ([("a", 40, 30), ("square", 30, 30)], "a/k 40w"),
        ([("a", 40, 30), ("b", 40, 30)], "b/k 40w"),
        ([("a", 13, 10)], "a/k 13w"),
        ([("square", 30, 30)], ""),
    ],
    ids=["by-width", "no-crops", "one-a-width", "rounded", "none"],
)
def test_a_srcset_has_the_whole_picture_alone(
    facts: list[tuple[str, int, int]], expected: str
) -> None:
    listed = [VariantFact(n, f"{n}/k", w, h, 1, "image/png") for n, w, h in facts]
    assert srcset(SourceInfo("png", 400, 300), listed) == expected


JPEG, PNG, GIF, WEBP, AVIF = (
    f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "avif")
)


def _fact(name: str, width: int, kind: str, *, animated: bool = False) -> VariantFact:
    """A size of a picture of 4:3."""
    return VariantFact(name, f"{name}/k", width, width * 3 // 4, 1, kind, animated)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            [("a", 320, AVIF), ("b", 640, AVIF), ("c", 320, JPEG), ("d", 640, JPEG)],
            [("", "c/k 320w, d/k 640w"), (AVIF, "a/k 320w, b/k 640w")],
        ),
        (
            [("a", 320, JPEG), ("b", 640, JPEG), ("c", 640, WEBP), ("d", 640, AVIF)],
            [("", "a/k 320w, b/k 640w"), (AVIF, "d/k 640w"), (WEBP, "c/k 640w")],
        ),
        ([("a", 320, WEBP), ("b", 320, AVIF)], [("", "a/k 320w"), (AVIF, "b/k 320w")]),
        ([("a", 320, AVIF)], [("", "a/k 320w")]),
        (
            [("a", 320, JPEG), ("b", 320, PNG), ("c", 640, PNG)],
            [("", "b/k 320w, c/k 640w")],
        ),
        ([("a", 320, PNG), ("b", 320, JPEG), ("c", 320, GIF)], [("", "b/k 320w")]),
        ([("a", 640, JPEG), ("b", 320, AVIF)], [("", "a/k 640w")]),
    ],
    ids=[
        "avif-and-jpeg",
        "best-first",
        "webp-falls-back-for-avif",
        "avif-alone",
        "more-widths-of-png",
        "jpeg-before-png",
        "a-narrow-source-would-blur",
    ],
)
def test_a_srcset_has_one_format(
    facts: list[tuple[str, int, str]], expected: list[tuple[str, str]]
) -> None:
    """`srcset` knows no formats, `<picture>` does: better ones are its sources."""
    picture = SourceInfo("png", 4_000, 3_000)
    listed = [_fact(*one) for one in facts]
    found = [("", srcset(picture, listed))]
    found += [(one["type"], one["srcset"]) for one in sources(picture, listed)]
    assert found == expected


def _film(frames: int, fmt: str) -> bytes:
    """Frames of 64x48 in turn red and blue."""
    colours = [f"xc:{('red', 'blue')[n % 2]}" for n in range(frames)]
    return imagemagick.run(["-size", "64x48", "-delay", "7", *colours, f"{fmt}:-"])


def _size(name: str, fmt: str, animation: str = "keep") -> dict[str, str]:
    return {"geometry": "32x", "name": name, "format": fmt, "animation": animation}


@pytest.mark.parametrize(
    ("frames", "fmt", "sizes", "types"),
    [
        (2, "gif", ["32x", _size("w", "webp", "first")], []),
        (2, "gif", ["32x", _size("w", "webp"), _size("v", "avif")], [WEBP]),
        (2, "webp", [_size("g", "gif"), _size("w", "webp")], [WEBP]),
        (2, "gif", ["32x", _size("w", "webp", "keep-or-first")], [WEBP]),
        (2, "gif", [_size("w", "webp"), _size("v", "avif")], []),
        (
            2,
            "gif",
            [_size("g", "gif", "first"), _size("w", "webp", "first")],
            [WEBP],
        ),
        (2, "gif", [_size("g", "gif", "first"), _size("v", "avif")], [AVIF]),
        (2, "gif", [_size("j", "jpeg"), _size("v", "avif")], [AVIF]),
        (3, "tiff", ["32x", _size("v", "avif"), _size("w", "webp")], [AVIF, WEBP]),
        (1, "gif", ["32x", _size("v", "avif")], [AVIF]),
    ],
    ids=[
        "a still WebP beside a moving GIF",
        "a moving WebP and a still AVIF",
        "of a moving WebP",
        "keep-or-first within the limits",
        "no GIF at all",
        "all of them still",
        "a still GIF",
        "a JPEG never moves",
        "pages are no frames",
        "one frame",
    ],
)
def test_no_source_stops_an_animation(
    buckets: Buckets, frames: int, fmt: str, sizes: list[Any], types: list[str]
) -> None:
    """A format is a better one only where it moves wherever `srcset` does."""
    buckets.upload(_film(frames, fmt))
    buckets.run(parse(json.dumps({"manifest": True, "sizes": sizes})), created=True)
    assert [one["type"] for one in buckets.manifest()["sources"]] == types


def test_sizes_that_stay_are_judged_as_those_just_made(buckets: Buckets) -> None:
    """The document is the same, whether a size was there or not."""
    buckets.upload(_film(2, "gif"))
    sizes = parse(json.dumps({"manifest": True, "sizes": ["32x", _size("v", "avif")]}))
    buckets.run(sizes, created=True)
    first = buckets.manifest()
    buckets.s3.delete_object(Bucket=RESIZED, Key=f"manifest/{KEY}.json")
    buckets.run(sizes)
    assert buckets.manifest() == first


@pytest.mark.parametrize(
    ("limits", "types"),
    [
        (Limits(frames=2, pixels=2 * 64 * 48), []),
        (Limits(frames=1), [AVIF]),
        (Limits(pixels=2 * 64 * 48 - 1), [AVIF]),
    ],
)
def test_an_animation_that_is_not_kept_stands_still(
    buckets: Buckets, limits: Limits, types: list[str]
) -> None:
    """By the function's own limits: with less memory it keeps fewer pixels."""
    buckets.upload(_film(2, "gif"))
    listed = [_size("g", "gif", "keep-or-first"), _size("v", "avif")]
    sizes = parse(json.dumps({"manifest": True, "sizes": listed}))
    store = Store(buckets.s3, ORIGINAL, RESIZED, "1")
    config = ReconcileConfig(
        store, sizes, partial(make_variants, limits=limits), limits=limits
    )
    reconcile(KEY, config, Report(), created=True)
    assert [one["type"] for one in buckets.manifest()["sources"]] == types


@pytest.mark.parametrize(
    ("gifs", "webps", "listed"),
    [
        ({32: True, 64: False}, {32: True, 64: False}, True),
        ({32: True, 64: False}, {32: False, 64: True}, False),
        ({32: True, 64: True}, {64: True}, True),
        ({32: False, 64: True}, {32: True, 64: False}, False),
        ({64: True}, {32: False, 64: True}, False),
        ({32: True}, {64: False}, False),
    ],
)
def test_a_source_moves_at_every_width_that_moves(
    gifs: dict[int, bool],
    webps: dict[int, bool],
    listed: bool,  # noqa: FBT001 - a parameter
) -> None:
    """A browser takes the narrowest that is wide enough."""
    facts = [_fact(f"g{width}", width, GIF, animated=gifs[width]) for width in gifs]
    facts += [_fact(f"w{width}", width, WEBP, animated=webps[width]) for width in webps]
    found = sources(SourceInfo("gif", 400, 300, frames=2), facts)
    assert [one["type"] for one in found] == ([WEBP] if listed else [])


FACTS = st.lists(
    st.builds(
        _fact,
        st.from_regex(r"[a-z][0-9]{0,2}", fullmatch=True),
        st.sampled_from((40, 80, 120)),
        st.sampled_from((JPEG, PNG, GIF, WEBP, AVIF)),
    ),
    max_size=12,
    unique_by=lambda fact: fact.name,
)


@given(facts=FACTS, frames=st.sampled_from((1, 9)), data=st.data())
def test_every_srcset_has_one_type_and_every_width_once(
    facts: list[VariantFact], frames: int, data: st.DataObject
) -> None:
    """Of any sizes, in any order: the order of sizes.json decides nothing."""
    picture = SourceInfo("gif", 400, 300, frames)
    kinds = {fact.key: fact.type for fact in facts}
    better = sources(picture, facts)
    for text in (srcset(picture, facts), *(one["srcset"] for one in better)):
        entries = [entry.split() for entry in text.split(", ") if entry]
        assert len({kinds[key] for key, _ in entries}) == bool(facts)
        widths = [int(width.removesuffix("w")) for _, width in entries]
        assert widths == sorted(set(widths))
    assert all(kinds[one["srcset"].split()[0]] == one["type"] for one in better)
    shuffled = data.draw(st.permutations(facts))
    assert srcset(picture, shuffled) == srcset(picture, facts)
    assert sources(picture, shuffled) == better


def test_it_is_written_last(buckets: Buckets) -> None:
    """Who waits for it finds every size, also where a write of theirs fails."""
    report = buckets.run(created=True)
    assert report.written[-1] == f"manifest/{KEY}.json"
    buckets.s3.delete_object(Bucket=ORIGINAL, Key=KEY)
    buckets.run()
    buckets.upload(images.png(33, 44))
    refused = f"60x/{KEY}"
    buckets.s3.before = lambda name, call: (
        "503" if name == "PutObject" and call["Key"] == refused else None
    )
    with pytest.raises(StoreUnavailable):
        buckets.run(created=True)
    assert f"manifest/{KEY}.json" not in buckets.lengths()


class Spoken(FakeS3):
    """Originals come with a name to save them under; remembers how sizes are put."""

    def __init__(self) -> None:
        super().__init__((ORIGINAL,))
        self.put: dict[str, dict[str, Any]] = {}

    def get_object(self, **call: Any) -> dict[str, Any]:
        said = {"ContentDisposition": "attachment", "CacheControl": "max-age=60"}
        return super().get_object(**call) | said

    def put_object(self, **call: Any) -> dict[str, Any]:
        self.put[call["Key"]] = call
        return super().put_object(**call)


def test_it_is_not_saved_under_the_picture_s_name() -> None:
    """Its other headers are those of the sizes."""
    s3 = Spoken()
    s3.create_bucket(ORIGINAL)
    s3.create_bucket(RESIZED)
    s3.put_object(Bucket=ORIGINAL, Key=KEY, Body=images.png(9, 9))
    rules = CarryOverRules(names=("content-disposition", "cache-control"))
    store = Store(s3, ORIGINAL, RESIZED, "1", rules)
    reconcile(KEY, ReconcileConfig(store, SIZES, make_variants), Report(), created=True)
    assert s3.put[f"60x/{KEY}"]["ContentDisposition"] == "attachment"
    manifest = s3.put[f"manifest/{KEY}.json"]
    assert "ContentDisposition" not in manifest
    assert manifest["CacheControl"] == "max-age=60"
    assert manifest["Metadata"]["source"]
