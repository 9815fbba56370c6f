"""The calls and the result for one key, case by case; tests/protocol has schedules."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from resize_on_upload.errors import (
    AccessRefused,
    ArchivedObject,
    Contended,
    CorruptImage,
    DecodeTimeout,
    KeyTooLong,
    Rejected,
    StoreUnavailable,
)
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import recipe
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.carry_over import NO_RULES, CarryOverRules
from resize_on_upload.storage.carry_over import parse as parse_names
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import ORIGINAL, RESIZED, image_of, make_variants
from tests.support.fake_s3 import FakeS3

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = parse('{"sizes": ["9x", "x9", "7x7"]}')


class Buckets:
    """Both buckets, the calls made, and the sizes that were made."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.made: list[list[str]] = []
        self.errors: dict[str, str] = {}
        self.meanwhile: dict[str, Callable[[], str | None]] = {}
        self.s3 = FakeS3((ORIGINAL,), self._called)
        self.s3.create_bucket(ORIGINAL)
        self.s3.create_bucket(RESIZED)

    def _called(self, name: str, call: dict[str, Any]) -> str | None:
        which = "original" if call["Bucket"] == ORIGINAL else "resized"
        self.calls.append(f"{name.removesuffix('Object')} {which}")
        if act := self.meanwhile.pop(self.calls[-1], None):
            return act()
        if code := self.errors.get(self.calls[-1]):
            raise ClientError({"Error": {"Code": code, "Message": "so"}}, name)
        return None

    def put(self, body: bytes, key: str = "a.png") -> None:
        self.s3.put_object(Bucket=ORIGINAL, Key=key, Body=body)

    def run(self, key: str = "a.png", **more: Any) -> Report:
        self.calls, self.made, report = [], [], Report()
        created = more.pop("created", False)
        rules = more.pop("rules", NO_RULES)
        store = Store(self.s3.client, ORIGINAL, RESIZED, "1", rules)
        config = ReconcileConfig(
            store, more.pop("sizes", SIZES), self._make_variants, **more
        )
        reconcile(key, config, report, created=created)
        return report

    def _make_variants(self, blob: bytes, sizes: Any) -> Any:
        self.made.append([size.name for size in sizes])
        return make_variants(blob, sizes)

    @property
    def there(self) -> set[str]:
        return set(self.s3.buckets[RESIZED])

    @property
    def bodies(self) -> set[bytes | None]:
        return {one.body for (one,) in self.s3.buckets[RESIZED].values()}


@pytest.fixture
def buckets() -> Buckets:
    return Buckets()


ALL = {"9x/a.png", "x9/a.png", "7x7/a.png"}
OF_B = {image_of(b"B", size) for size in SIZES}


def test_a_new_upload_costs_a_get_its_puts_and_a_head(buckets: Buckets) -> None:
    """No HEAD of a variant on the common path."""
    buckets.put(b"A")
    report = buckets.run(created=True)
    costs = {"Get original": 1, "Put resized": 3, "Head original": 1}
    assert Counter(buckets.calls) == costs
    assert (report.rounds, len(report.written)) == (1, 3)
    assert buckets.there == ALL


def test_an_up_to_date_key_costs_only_heads(buckets: Buckets) -> None:
    """Nothing is downloaded, decoded or written."""
    buckets.put(b"A")
    buckets.run(created=True)
    report = buckets.run()
    assert Counter(buckets.calls) == {"Head resized": 3, "Head original": 1}
    assert report.skipped == "up-to-date"
    assert buckets.made == []


def test_a_doubled_event_decodes_but_writes_nothing(buckets: Buckets) -> None:
    buckets.put(b"A")
    buckets.run(created=True)
    report = buckets.run(created=True)
    assert report.written == []
    assert (len(buckets.made), report.rounds) == (1, 2)


def test_an_overwrite_is_downloaded_and_decoded_once(buckets: Buckets) -> None:
    """Although its first round fails at the older variants."""
    buckets.put(b"A")
    buckets.run(created=True)
    buckets.put(b"B")
    buckets.run(created=True)
    assert buckets.calls.count("Get original") == 1
    assert len(buckets.made) == 1
    assert buckets.bodies == OF_B


@pytest.mark.parametrize("call", ["Get original", "Put resized"])
def test_an_overwrite_during_a_round_leaves_no_variant_of_the_old_image(
    buckets: Buckets, call: str
) -> None:
    """Its own event may be lost: whichever round reads it makes all of its variants."""
    buckets.put(b"A")
    buckets.run(sizes=SIZES[:1], created=True)
    buckets.meanwhile[call] = partial(buckets.put, b"B")
    buckets.run()
    assert buckets.there == ALL
    assert buckets.bodies == OF_B


@pytest.mark.parametrize("what", ["409", "412", "gone"])
@pytest.mark.parametrize("call", ["Put resized", "Delete resized"])
def test_a_write_that_comes_second_starts_another_round(
    buckets: Buckets, call: str, what: str
) -> None:
    """This is not a failure, so Lambda need not retry."""
    buckets.put(b"A")
    buckets.run(created=True)
    if call == "Put resized":
        buckets.put(b"B")
    else:
        buckets.s3.delete_object(Bucket=ORIGINAL, Key="a.png")
    variants = buckets.s3.buckets[RESIZED]
    buckets.meanwhile[call] = variants.clear if what == "gone" else lambda: what
    assert buckets.run().rounds == 2
    assert buckets.bodies == (OF_B if call == "Put resized" else set())


def test_a_good_image_that_replaces_a_rejected_one_during_a_round_is_resized(
    buckets: Buckets,
) -> None:
    """The old image was rejected: that is neither raised nor recorded."""
    buckets.put(b"A")
    buckets.run(created=True)
    buckets.put(b"!")
    buckets.meanwhile["Delete resized"] = partial(buckets.put, b"B")
    buckets.run()
    assert buckets.bodies == OF_B


def test_a_key_under_contention_is_tried_five_times_with_pauses(
    buckets: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pauses are random, so that two invocations diverge; two seconds in total."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    buckets.put(b"A")
    buckets.errors["Put resized"] = "PreconditionFailed"
    for _ in range(20):
        with pytest.raises(Contended, match="5 rounds"):
            buckets.run()
    assert len(pauses) == len(set(pauses)) == 60
    assert sum(pauses) < 20 * 2


def test_a_variant_names_its_prefix(buckets: Buckets) -> None:
    """So that a copy under another prefix, metadata included, is recognised."""
    named = parse('{"sizes": [{"geometry": "9x", "name": "small"}], "manifest": true}')
    buckets.put(b"A")
    buckets.run(created=True, sizes=named)
    stored = buckets.s3.buckets[RESIZED]
    found = {target: one.metadata["prefix"] for target, (one,) in stored.items()}
    assert found == {"small/a.png": "small", "manifest/a.png.json": "manifest"}


def test_a_new_size_is_made_alone(buckets: Buckets) -> None:
    """The recipes of the other sizes are unchanged."""
    buckets.put(b"A")
    buckets.run(created=True)
    more = parse('{"sizes": ["9x", "x9", "7x7", "5x"]}')
    report = buckets.run(sizes=more)
    assert buckets.made == [["5x"]]
    assert report.written == ["5x/a.png"]


def test_an_image_that_is_rejected_is_decoded_once(buckets: Buckets) -> None:
    buckets.put(b"!")
    with pytest.raises(CorruptImage):
        buckets.run(created=True)
    assert (len(buckets.made), buckets.calls.count("Get original")) == (1, 1)


def test_deletes_are_not_mirrored_if_switched_off(buckets: Buckets) -> None:
    """But if a file that is not an image overwrites one, its variants are deleted."""
    buckets.put(b"A")
    buckets.run(created=True)
    buckets.s3.delete_object(Bucket=ORIGINAL, Key="a.png")
    report = buckets.run(mirror_deletes=False)
    assert buckets.there == ALL
    assert report.skipped == "deletes-not-mirrored"
    buckets.put(b"!")
    with pytest.raises(Rejected):
        buckets.run(created=True, mirror_deletes=False)
    assert buckets.there == set()


def test_a_missing_bucket_deletes_nothing(buckets: Buckets) -> None:
    """A HEAD gets 404, as for a missing object; only a GET shows the difference."""
    buckets.put(b"A")
    buckets.run(created=True)
    del buckets.s3.buckets[ORIGINAL]
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        buckets.run()
    assert buckets.there == ALL


@pytest.mark.parametrize("call", ["Head original", "Get original", "Head resized"])
def test_threat_79_403_deletes_nothing(buckets: Buckets, call: str) -> None:
    buckets.put(b"A")
    buckets.run(created=True)
    buckets.s3.delete_object(Bucket=ORIGINAL, Key="a.png")
    buckets.errors[call] = "403" if call.startswith("Head") else "AccessDenied"
    with pytest.raises(AccessRefused, match="Grant s3:GetObject"):
        buckets.run()
    assert buckets.there == ALL


def test_threat_80_an_archived_original_keeps_its_variants(buckets: Buckets) -> None:
    """It is the same image; only variants of an older one are deleted."""
    buckets.put(b"A")
    buckets.run(created=True)
    buckets.errors["Get original"] = "InvalidObjectState"
    other_recipes = parse('{"sizes": [{"geometry": "8x", "name": "9x"}, "x9", "7x7"]}')
    with pytest.raises(ArchivedObject):
        buckets.run(sizes=other_recipes)
    assert buckets.there == ALL
    buckets.put(b"B")
    with pytest.raises(ArchivedObject):
        buckets.run()
    assert buckets.there == set()


def test_an_original_keeps_its_variants_if_more_sizes_take_too_long(
    buckets: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only variants of an older one are deleted."""
    buckets.put(b"A")
    buckets.run(created=True)

    def too_slow(*_: object) -> None:
        msg = "decoding took more than 30.0 seconds"
        raise DecodeTimeout(msg)

    monkeypatch.setattr(buckets, "_make_variants", too_slow)
    more_sizes = (*SIZES, *parse('{"sizes": ["9999x9999"]}'))
    with pytest.raises(DecodeTimeout):
        buckets.run(sizes=more_sizes)
    assert buckets.there == ALL
    buckets.put(b"B")
    with pytest.raises(DecodeTimeout):
        buckets.run(sizes=more_sizes)
    assert buckets.there == set()


@pytest.mark.parametrize("key", ["k" * 1_021, "é" * 510 + "k"], ids=["k", "é"])
def test_threat_68_a_key_too_long_for_one_size_has_none(
    buckets: Buckets, key: str
) -> None:
    """All sizes or none, even if it would fit for some. S3 counts bytes."""
    buckets.put(b"A", key)
    buckets.s3.put_object(Bucket=RESIZED, Key=f"9x/{key}", Body=b"older")
    with pytest.raises(
        KeyTooLong, match=r"with its prefix 7x7/ the key has 1025 bytes"
    ):
        buckets.run(key, created=True)
    assert buckets.there == set()


def test_a_key_that_just_fits_has_all_sizes(buckets: Buckets) -> None:
    key = "é" * 510
    buckets.put(b"A", key)
    buckets.run(key, created=True)
    assert len(buckets.there) == 3


def test_a_folder_marker_costs_nothing(buckets: Buckets) -> None:
    buckets.put(b"", "folder/")
    assert buckets.run("folder/", created=True).skipped == "folder-marker"
    assert buckets.calls == []


def test_a_key_without_original_and_variants_is_skipped(buckets: Buckets) -> None:
    report = buckets.run(created=True)
    assert report.skipped == "no-original"


def test_other_headers_make_a_variant_stale() -> None:
    """Although its pixels are the same; without such headers nothing changes."""
    size = SIZES[0]
    assert recipe(size) == recipe(size, CarryOverRules())
    cached = CarryOverRules(cache_control="max-age=60")
    named = CarryOverRules(names=("cache-control",))
    assert len({recipe(size), recipe(size, cached), recipe(size, named)}) == 3


@pytest.mark.parametrize(
    ("given", "carried"),
    [
        ({"author": "Ada"}, {"author": "Ada"}),
        ({"author": "=?utf-8?q?J=C3=BCrgen?="}, {"author": "=?utf-8?q?J=C3=BCrgen?="}),
        ({"author": "Jürgen"}, {}),
        ({"author": "x" * 2_000}, {}),
        ({"other": "x"}, {}),
    ],
    ids=["plain", "encoded", "not-ascii", "too-long", "not-named"],
)
def test_metadata_that_fits_is_copied(
    given: dict[str, str], carried: dict[str, str]
) -> None:
    rules = CarryOverRules(names=("metadata:author", "cache-control"))
    assert rules.select({"Metadata": given}, {}).metadata == carried


def test_the_storage_class_of_an_archive_is_not_copied() -> None:
    """A variant that must first be restored could not be served."""
    rules = CarryOverRules(names=("storage-class",), storage_class="STANDARD_IA")
    for given, used in (("GLACIER_IR", "GLACIER_IR"), ("GLACIER", "STANDARD_IA")):
        fields = rules.select({"StorageClass": given}, {}).fields
        assert fields == {"StorageClass": used}


def test_an_uploader_cannot_forge_a_variant_s_source(buckets: Buckets) -> None:
    """Otherwise an old variant could count as up to date forever."""
    forged = {"source": "v9", "recipe": "0", "prefix": "a", "width": "9", "by": "me"}
    rules = CarryOverRules(names=tuple(f"metadata:{name}" for name in forged))
    buckets.s3.put_object(Bucket=ORIGINAL, Key="a.png", Body=b"A", Metadata=forged)
    report = buckets.run(created=True, rules=rules)
    for size in SIZES:
        variant = buckets.s3.current(RESIZED, size.variant_key("a.png"))
        assert variant
        assert variant.metadata == {
            "by": "me",
            "source": report.source_id,
            "recipe": recipe(size, rules),
            "prefix": size.name,
            "geometry": size.geometry.text,
            "width": "1",
            "height": "1",
        }


def test_only_named_tags_are_copied_and_case_matters() -> None:
    rules = CarryOverRules(names=parse_names(" Cache-Control , tag:Team"))
    given = {"Team": "a b&c", "team": "x", "Other": "y"}
    assert rules.names == ("cache-control", "tag:Team")
    assert rules.select({}, given).fields == {"Tagging": "Team=a+b%26c"}


RULES = parse(
    '{"sizes": ["9x", {"geometry": "7x7", "include": ["avatars/*"]}, '
    '{"geometry": "x9", "exclude": ["avatars/*"]}], "exclude": ["*.pdf"]}'
)


@pytest.mark.parametrize("created", [True, False])
@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("avatars/a.png", {"9x", "7x7"}),
        ("photos/a.png", {"9x", "x9"}),
        ("a.pdf", set()),
    ],
)
def test_a_key_gets_the_sizes_of_its_path(
    buckets: Buckets,
    key: str,
    names: set[str],
    created: bool,  # noqa: FBT001 - drawn
) -> None:
    buckets.put(b"A", key)
    report = buckets.run(key, sizes=RULES, created=created)
    assert buckets.there == {f"{name}/{key}" for name in names}
    assert (report.skipped == "no-matching-size") == (not names)


def test_an_excluded_upload_costs_one_head_per_size(buckets: Buckets) -> None:
    """It may replace an image that had variants."""
    buckets.put(b"A", "a.pdf")
    buckets.run("a.pdf", sizes=RULES, created=True)
    assert Counter(buckets.calls) == {"Head resized": 3}


NOT_9X = {"geometry": "9x", "include": ["b/*"]}
NOT_X9 = {"geometry": "x9", "include": ["b/*"]}


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ([NOT_9X, NOT_X9], set()),
        ([NOT_9X, "x9"], {"x9/a.png"}),
        (["5x", NOT_9X, NOT_X9], {"5x/a.png"}),
    ],
    ids=["no-size-left", "one-left", "only-a-new-one"],
)
def test_an_overwrite_leaves_no_variant_of_the_old_image(
    buckets: Buckets, now: list[object], left: set[str]
) -> None:
    """Nor of a size that no longer applies to its path."""
    buckets.put(b"A")
    buckets.run(created=True, sizes=parse('{"sizes": ["9x", "x9"]}'))
    buckets.put(b"B")
    buckets.run(created=True, sizes=parse(json.dumps({"sizes": now})))
    assert buckets.there == left
    for (one,) in buckets.s3.buckets[RESIZED].values():
        assert (one.body or b"").endswith(b"B")


def test_a_variant_that_no_longer_applies_to_a_path_is_removed(
    buckets: Buckets,
) -> None:
    """Without a download; a second run has nothing to do."""
    key = "avatars/a.png"
    buckets.put(b"A", key)
    before = parse('{"sizes": ["9x", "7x7", "x9"]}')
    buckets.run(key, sizes=before, created=True)
    report = buckets.run(key, sizes=RULES)
    assert report.removed == [f"x9/{key}"]
    assert "Get original" not in buckets.calls
    assert buckets.there == {f"9x/{key}", f"7x7/{key}"}
    assert buckets.run(key, sizes=RULES).skipped == "up-to-date"
