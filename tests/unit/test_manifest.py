"""The manifest: valid by its schema, and true."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

from resize_on_upload.errors import StoreUnavailable
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.results import SourceInfo, Variant
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.description.manifest import (
    MAX_PLACEHOLDER_CHARACTERS,
    compose,
)
from resize_on_upload.reconcile.description.srcset import VariantFact
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import recipe, recipe_of
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import MANIFEST, UPLOAD, sizes_for_key
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import ORIGINAL, RESIZED
from tests.support import exif, imagemagick, images, ultra_hdr
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
    """Both buckets; real images."""

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
            Store(self.s3.client, ORIGINAL, RESIZED, "1"), sizes, make_variants
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


def _verified(buckets: Buckets) -> dict[str, Any]:
    """The manifest, after every fact in it was compared with the objects."""
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
    manifest = _verified(buckets)
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
    """Each URL leads to an object of the type that it is listed with."""
    webp = {"geometry": "60x", "name": "60x-webp", "format": "webp"}
    buckets.run(parse(json.dumps({"manifest": True, "sizes": ["60x", webp]})))
    manifest = _verified(buckets)
    encoded = "holiday%202026/Z%C3%BCrich%2C%20%2B%20See.png"
    assert manifest["srcset"] == f"60x/{encoded} 60w"
    better = {"type": "image/webp", "srcset": f"60x-webp/{encoded} 60w"}
    assert manifest["sources"] == [better]


def test_a_manifest_says_which_variants_exceed_their_bytes(buckets: Buckets) -> None:
    """The same for variants just made and for existing ones."""
    buckets.upload(images.noise(120))
    entries = [
        {"geometry": "60x", "maxBytes": 1_000},
        {"geometry": "8x", "maxBytes": 1_000},
        {"geometry": "40x", "maxBytes": 1_000, "make": "request"},
    ]
    sizes = parse(json.dumps({"manifest": True, "sizes": entries}))
    report = buckets.run(sizes)
    assert report.exceeds_max_bytes == [f"60x/{KEY}"]
    for _ in range(2):
        listed = {one["name"]: one for one in buckets.manifest()["variants"]}
        assert [name for name in listed if "exceedsMaxBytes" in listed[name]] == ["60x"]
        buckets.s3.client.delete_object(Bucket=RESIZED, Key=f"manifest/{KEY}.json")
        buckets.run(sizes)


FORMATS = parse(
    '{"manifest": true, "formats": ["avif", "webp", "original"],'
    ' "sizes": ["60x", "4x", {"geometry": "30x", "make": "request"}]}'
)


def test_a_manifest_of_siblings_lists_each_with_its_type(buckets: Buckets) -> None:
    """Those that hold their fallback are in no `srcset`, nor in `sources`."""
    buckets.upload(images.noise(300))
    buckets.run(FORMATS)
    manifest = buckets.manifest()
    listed = {one["name"]: one for one in manifest["variants"]}
    types = {name: one["type"].removeprefix("image/") for name, one in listed.items()}
    assert types == {
        "60x": "png",
        "60x.avif": "avif",
        "60x.webp": "webp",
        "30x": "png",
        "30x.avif": "avif",
        "30x.webp": "webp",
        "4x": "png",
        "4x.avif": "png",
        "4x.webp": "webp",
    }
    assert [name for name in listed if "bytes" not in listed[name]] == [
        *("30x", "30x.avif", "30x.webp"),
    ]
    key = quote(KEY)
    assert manifest["srcset"] == f"4x/{key} 4w, 30x/{key} 30w, 60x/{key} 60w"
    assert manifest["sources"] == [
        {
            "type": "image/avif",
            "srcset": f"30x.avif/{key} 30w, 60x.avif/{key} 60w",
        },
        {
            "type": "image/webp",
            "srcset": f"4x.webp/{key} 4w, 30x.webp/{key} 30w, 60x.webp/{key} 60w",
        },
    ]


def test_a_sibling_on_request_is_expected_to_stay_animated(buckets: Buckets) -> None:
    box = (0, 0, 64, 48)
    buckets.upload(images.gif((64, 48), (box, 0), (box, 0)))
    buckets.run(FORMATS)
    listed = {one["name"]: one["type"] for one in buckets.manifest()["variants"]}
    assert (listed["30x.avif"], listed["30x.webp"]) == ("image/gif", "image/webp")


def test_a_manifest_without_sources_is_still_valid(buckets: Buckets) -> None:
    """Manifests of earlier versions stay in buckets until they are made again."""
    buckets.run()
    manifest = buckets.manifest()
    del manifest["sources"]
    VALIDATOR.validate(manifest)


def test_facts_of_a_photo_are_in_its_manifest_if_it_may_tell_them() -> None:
    entries = {exif.TAKEN: exif.text(b"2026:07:14 18:05:09")}
    degrees = ((47, 1), (30, 1), (0, 1)), ((8, 1), (15, 1), (0, 1))
    buckets = Buckets()
    buckets.upload(
        exif.png(exif.block(entries, exif.place("N", "W", *sum(degrees, ()))))
    )
    moment = {"takenAt": "2026-07-14T18:05:09"}
    place = {"location": {"latitude": 47.5, "longitude": -8.25}}
    plain = {"manifest": True, "sizes": ["60x"]}
    buckets.run(parse(json.dumps(plain)))
    source = buckets.manifest()["source"]
    assert not {"takenAt", "location"} & {*source}
    for more, facts in (
        ({"takenAt": True}, moment),
        ({"location": True}, place),
        ({"takenAt": True, "location": True}, moment | place),
        ({}, {}),
    ):
        report = buckets.run(parse(json.dumps(plain | more)))
        assert buckets.manifest()["source"] == source | facts
        assert report.written == [f"manifest/{KEY}.json"]


def test_versioned_urls_lead_to_the_versions_that_are_stored(buckets: Buckets) -> None:
    """A variant that is made on request gets the version that is listed."""
    sizes = parse(
        '{"manifest": true, "sizes": ["60x", {"geometry": "x60", "make": "request"}]}'
    )
    store = Store(
        buckets.s3.client, ORIGINAL, RESIZED, "1", CarryOverRules(versions=True)
    )
    reconcile(KEY, ReconcileConfig(store, sizes, make_variants), Report())
    requested = tuple(replace(size, make=UPLOAD) for size in sizes[1:2])
    reconcile(KEY, ReconcileConfig(store, requested, make_variants), Report())
    manifest = buckets.manifest()
    for one in manifest["variants"]:
        stored = buckets.s3.current(RESIZED, one["key"])
        assert stored
        assert one["url"] == f"{quote(one['key'])}?v={stored.metadata['version']}"
        assert re.fullmatch("[0-9a-f]{8}", stored.metadata["version"])
    by_width = {one["width"]: one["url"] for one in manifest["variants"]}
    listed = (f"{url} {width}w" for width, url in sorted(by_width.items()))
    assert manifest["srcset"] == ", ".join(listed)


@pytest.mark.parametrize("versions", [False, True])
def test_with_a_domain_each_variant_has_its_whole_url(
    buckets: Buckets, versions: object
) -> None:
    """What was relative stays relative: pages put something in front of it."""
    sizes = parse('{"manifest": true, "sizes": ["60x", "x60"]}')
    manifests = []
    for base_url in ("", "https://images.example.com/"):
        rules = CarryOverRules(base_url=base_url, versions=bool(versions))
        store = Store(buckets.s3.client, ORIGINAL, RESIZED, "1", rules)
        report = Report()
        reconcile(KEY, ReconcileConfig(store, sizes, make_variants), report)
        manifests.append(buckets.manifest())
    assert report.written == [MANIFEST.variant_key(KEY)], "no variant is made again"
    plain, full = manifests
    VALIDATOR.validate(full)
    for before, after in zip(plain["variants"], full["variants"], strict=True):
        relative = before.pop("url", quote(before["key"]))
        assert after.pop("url") == f"https://images.example.com/{relative}"
    for part in ("variants", "srcset", "sources"):
        assert plain[part] == full[part]


def test_all_formats_of_a_size_have_one_version(buckets: Buckets) -> None:
    """The edge function answers a URL with the one that the viewer accepts."""
    sizes = parse('{"manifest": true, "sizes": ["60x"], "formats": ["webp", "jpeg"]}')
    rules = CarryOverRules(versions=True)
    store = Store(buckets.s3.client, ORIGINAL, RESIZED, "1", rules)
    reconcile(KEY, ReconcileConfig(store, sizes, make_variants), Report())
    stored = {
        name: versions[-1].metadata
        for name, versions in buckets.s3.buckets[RESIZED].items()
    }
    found = {
        metadata["version"]
        for name, metadata in stored.items()
        if not name.startswith("manifest/")
    }
    assert len(stored) == 3
    assert len(found) == 1
    # A manifest changes with the sizes, too: no cache may keep it for a year.
    assert "version" not in stored[f"manifest/{KEY}.json"]


def test_a_version_changes_with_the_image_and_with_its_recipe(
    buckets: Buckets,
) -> None:
    def urls(sizes: str) -> list[str]:
        rules = CarryOverRules(versions=True)
        store = Store(buckets.s3.client, ORIGINAL, RESIZED, "1", rules)
        reconcile(KEY, ReconcileConfig(store, parse(sizes), make_variants), Report())
        return [one["url"] for one in buckets.manifest()["variants"]]

    sizes = '{"manifest": true, "sizes": ["60x"]}'
    (first,), (again,) = urls(sizes), urls(sizes)
    assert first == again
    buckets.upload(images.png(90, 90))
    (replaced,) = urls(sizes)
    other = '{"manifest": true, "sizes": [{"geometry": "50x", "name": "60x"}]}'
    (resized,) = urls(other)
    assert len({first, replaced, resized}) == 3


def test_its_recipe_does_not_depend_on_the_order_of_sizes() -> None:
    """Sorting sizes.json does not make manifests stale."""
    assert recipe_of(MANIFEST, SIZES) == recipe_of(MANIFEST, SIZES[::-1])


def test_it_follows_its_original(buckets: Buckets) -> None:
    """Overwritten and deleted; a second run changes nothing."""
    buckets.run(created=True)
    first = buckets.manifest()["source"]["id"]
    buckets.upload(images.png(90, 90))
    buckets.run(created=True)
    assert _verified(buckets)["source"]["id"] != first
    assert buckets.run().written == []
    buckets.s3.delete_object(Bucket=ORIGINAL, Key=KEY)
    buckets.run()
    assert buckets.lengths() == {}


def test_it_follows_the_sizes(buckets: Buckets) -> None:
    """Only an added size is made, and the manifest lists all of them."""
    buckets.run(parse('{"manifest": true, "sizes": ["60x"]}'), created=True)
    assert [one["name"] for one in _verified(buckets)["variants"]] == ["60x"]
    both = parse('{"manifest": true, "sizes": ["60x", "80x"]}')
    report = buckets.run(both)
    assert sorted(report.written) == [f"80x/{KEY}", f"manifest/{KEY}.json"]
    assert [one["name"] for one in _verified(buckets)["variants"]] == ["60x", "80x"]


def test_a_manifest_lists_no_url_that_cannot_be(buckets: Buckets) -> None:
    """S3 has no key of more than 1,024 bytes, not even on request."""
    long = {"geometry": "60x", "name": "n" * 59, "make": "request"}
    document = {"manifest": True, "formats": ["webp", "original"]}
    sizes = parse(json.dumps({**document, "sizes": [long, "20x"]}))
    key = "k" * (1_024 - len(f"{long['name']}/"))
    buckets.upload(images.png(120, 80), key)
    buckets.run(sizes, key=key)
    stored = buckets.s3.current(RESIZED, f"manifest/{key}.json")
    assert stored
    found = json.loads(stored.body or b"")
    names = {one["name"] for one in found["variants"]}
    assert names == {long["name"], "20x", "20x.webp"}
    assert ".webp" not in found["srcset"]
    assert f"{long['name']}.webp" not in json.dumps(found["sources"])
    sizes = parse(json.dumps({**document, "sizes": [long]}))
    buckets.upload(images.png(120, 80), f"{key}k")
    buckets.run(sizes, key=f"{key}k")
    stored = buckets.s3.current(RESIZED, f"manifest/{key}k.json")
    assert stored
    VALIDATOR.validate(json.loads(stored.body or b""))


def test_a_missing_variant_does_not_change_it(buckets: Buckets) -> None:
    buckets.run(created=True)
    before = buckets.manifest()
    buckets.s3.delete_object(Bucket=RESIZED, Key=f"60x/{KEY}")
    assert buckets.run().written == [f"60x/{KEY}"]
    assert _verified(buckets) == before


def test_a_key_without_sizes_has_no_manifest(buckets: Buckets) -> None:
    sizes = parse('{"manifest": true, "sizes": ["60x"], "exclude": ["*.pdf"]}')
    assert sizes_for_key(sizes, "a.pdf") == ()
    buckets.upload(images.png(9, 9), "a.pdf")
    assert buckets.run(sizes, key="a.pdf", created=True).written == []


def test_its_recipe_depends_on_every_size() -> None:
    """No other size's recipe depends on it."""
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
    """Not a mixture: of blue and yellow the larger part, not grey."""
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


AVIF, WEBP = "image/avif", "image/webp"


def _animation(frames: int, fmt: str) -> bytes:
    """Frames of 64x48 pixels, red and blue in turn."""
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
        "a still WebP with an animated GIF",
        "an animated WebP and a still AVIF",
        "of an animated WebP",
        "keep-or-first within the limits",
        "without a GIF",
        "all of them still",
        "a still GIF",
        "a JPEG is never animated",
        "pages are not frames",
        "one frame",
    ],
)
def test_no_source_stops_an_animation(
    buckets: Buckets, frames: int, fmt: str, sizes: list[Any], types: list[str]
) -> None:
    """A format is listed only if it is animated wherever `srcset` is."""
    buckets.upload(_animation(frames, fmt))
    buckets.run(parse(json.dumps({"manifest": True, "sizes": sizes})), created=True)
    assert [one["type"] for one in buckets.manifest()["sources"]] == types


def test_existing_variants_are_described_like_new_ones(buckets: Buckets) -> None:
    """The document is the same whether a variant existed or not."""
    buckets.upload(_animation(2, "gif"))
    sizes = parse(json.dumps({"manifest": True, "sizes": ["32x", _size("v", "avif")]}))
    buckets.run(sizes, created=True)
    first = buckets.manifest()
    buckets.s3.delete_object(Bucket=RESIZED, Key=f"manifest/{KEY}.json")
    buckets.run(sizes)
    assert buckets.manifest() == first


def test_a_gain_map_is_listed(buckets: Buckets) -> None:
    """Whether the variant was just made or existed."""
    buckets.upload(ultra_hdr.photo())
    hdr = {"geometry": "80x", "hdr": "keep"}
    sizes = parse(json.dumps({"manifest": True, "sizes": ["60x", hdr]}))
    assert buckets.run(sizes, created=True).hdr is True
    first = _verified(buckets)
    assert [one.get("hdr") for one in first["variants"]] == [None, True]
    buckets.s3.delete_object(Bucket=RESIZED, Key=f"manifest/{KEY}.json")
    buckets.run(sizes)
    assert buckets.manifest()["variants"] == first["variants"]


@pytest.mark.parametrize(
    ("limits", "types"),
    [
        (Limits(frames=2, pixels=2 * 64 * 48), []),
        (Limits(frames=1), [AVIF]),
        (Limits(pixels=2 * 64 * 48 - 1), [AVIF]),
    ],
)
def test_an_animation_beyond_the_limits_is_listed_as_still(
    buckets: Buckets, limits: Limits, types: list[str]
) -> None:
    """The function's own limits count: with less memory it keeps fewer pixels."""
    buckets.upload(_animation(2, "gif"))
    listed = [_size("g", "gif", "keep-or-first"), _size("v", "avif")]
    sizes = parse(json.dumps({"manifest": True, "sizes": listed}))
    store = Store(buckets.s3.client, ORIGINAL, RESIZED, "1")
    config = ReconcileConfig(
        store, sizes, partial(make_variants, limits=limits), limits=limits
    )
    reconcile(KEY, config, Report(), created=True)
    assert [one["type"] for one in buckets.manifest()["sources"]] == types


def test_it_is_written_last(buckets: Buckets) -> None:
    """Whoever waits for it finds every variant; if one cannot be written, it is not."""
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


class WithHeaders(FakeS3):
    """Its originals have headers; it remembers every PUT."""

    def __init__(self) -> None:
        super().__init__((ORIGINAL,))
        self.put: dict[str, dict[str, Any]] = {}

    def get_object(self, **call: Any) -> dict[str, Any]:
        headers = {"ContentDisposition": "attachment", "CacheControl": "max-age=60"}
        return super().get_object(**call) | headers

    def put_object(self, **call: Any) -> dict[str, Any]:
        self.put[call["Key"]] = call
        return super().put_object(**call)


def test_it_does_not_copy_the_image_s_file_name() -> None:
    """Its other headers are those of the variants."""
    s3 = WithHeaders()
    s3.create_bucket(ORIGINAL)
    s3.create_bucket(RESIZED)
    s3.put_object(Bucket=ORIGINAL, Key=KEY, Body=images.png(9, 9))
    rules = CarryOverRules(names=("content-disposition", "cache-control"))
    store = Store(s3.client, ORIGINAL, RESIZED, "1", rules)
    reconcile(KEY, ReconcileConfig(store, SIZES, make_variants), Report(), created=True)
    assert s3.put[f"60x/{KEY}"]["ContentDisposition"] == "attachment"
    manifest = s3.put[f"manifest/{KEY}.json"]
    assert "ContentDisposition" not in manifest
    assert manifest["CacheControl"] == "max-age=60"
    assert manifest["Metadata"]["source"]
