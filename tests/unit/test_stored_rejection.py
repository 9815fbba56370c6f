"""The object that says why an upload was rejected: its calls, its text, its end."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from resize_on_upload.errors import ArchivedObject, CorruptImage, Failed, Rejected
from resize_on_upload.reconcile import variants
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.reconcile.rejection import MAX_MESSAGE_CHARACTERS, compose
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import MAX_KEY_BYTES, REJECTION
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import (
    ORIGINAL,
    RESIZED,
    in_turn_others_first,
    make_variants,
)
from tests.support.fake_s3 import FAULTS, FakeS3

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.sizes.size import Size

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(
    json.loads((ROOT / "config" / "rejection.schema.json").read_text())
)
SIZES = parse('{"sizes": ["9x", "x9", "7x7"]}')
OTHER_SIZES = parse('{"sizes": ["9x", "x9", "8x8"]}')
KEY = "a b/ü.png"
PLACE = f"rejected/{KEY}.json"
VARIANTS = {size.variant_key(KEY) for size in SIZES}
GOOD, BAD = b"A", b"!"


class Buckets:
    """Both buckets, and the calls of the last invocation."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.fault: Callable[[str, dict[str, Any]], str | None] = lambda *_: None
        self.s3 = FakeS3((ORIGINAL,), self._called)
        self.s3.create_bucket(ORIGINAL)
        self.s3.create_bucket(RESIZED)

    def _called(self, name: str, call: dict[str, Any]) -> str | None:
        which = "original" if call["Bucket"] == ORIGINAL else "resized"
        if call["Key"].startswith("rejected/"):
            which = "rejected"
        self.calls[f"{name.removesuffix('Object')} {which}"] += 1
        return self.fault(name, call)

    def put(self, body: bytes, key: str = KEY) -> None:
        self.s3.put_object(Bucket=ORIGINAL, Key=key, Body=body)

    def delete(self) -> None:
        self.s3.delete_object(Bucket=ORIGINAL, Key=KEY)

    def run(self, key: str = KEY, *, created: bool = False, **config: Any) -> Report:
        self.calls.clear()
        store = Store(self.s3.client, ORIGINAL, RESIZED, "1")
        given: dict[str, Any] = {"sizes": SIZES, "make_variants": make_variants}
        given |= {"keep_rejections": True, **config}
        report = Report()
        try:
            reconcile(key, ReconcileConfig(store, **given), report, created=created)
        except Rejected:
            assert report.source_id
        return report

    @property
    def rejection(self) -> Any:
        return self.s3.current(RESIZED, PLACE)

    @property
    def version(self) -> str:
        found = self.s3.current(ORIGINAL, KEY)
        assert found
        return found.version


@pytest.fixture
def buckets() -> Buckets:
    return Buckets()


def test_a_rejected_upload_leaves_its_reason(buckets: Buckets) -> None:
    buckets.put(BAD)
    buckets.run(created=True)
    document = json.loads(buckets.rejection.body)
    assert document == {
        "version": 1,
        "key": KEY,
        "source": buckets.version,
        "code": "corrupt",
        "message": "!",
    }
    VALIDATOR.validate(document)
    assert buckets.rejection.content_type == "application/json"
    assert buckets.rejection.metadata == {
        "source": buckets.version,
        "recipe": combined_recipe(SIZES),
        "code": "corrupt",
    }


NEW = {"Get original": 1, "Put resized": 3, "Delete rejected": 1, "Head original": 1}
REPLACING = NEW | {"Put resized": 6, "Head resized": 3, "Head original": 2}


@pytest.mark.parametrize(
    ("before", "costs"),
    [((), NEW), ((BAD,), NEW), ((GOOD,), REPLACING), ((GOOD, BAD), NEW)],
    ids=["new", "after-a-rejected-one", "after-a-good-one", "after-both"],
)
def test_a_good_upload_costs_one_delete_for_rejections(
    buckets: Buckets, before: Sequence[bytes], costs: dict[str, int]
) -> None:
    """S3 charges nothing for it; that of a rejected one is gone then."""
    for body in before:
        buckets.put(body)
        buckets.run(created=True)
    buckets.put(b"B")
    buckets.run(created=True)
    assert buckets.calls == costs
    assert set(buckets.s3.buckets[RESIZED]) == VARIANTS


def test_a_rejected_upload_costs_a_head_a_put_and_a_check(buckets: Buckets) -> None:
    buckets.put(BAD)
    buckets.run(created=True)
    assert buckets.calls == {
        "Get original": 1,
        "Head resized": 3,
        "Head original": 2,
        "Head rejected": 1,
        "Put rejected": 1,
    }
    buckets.run(created=True)
    assert not buckets.calls["Put rejected"]


def test_an_upload_that_is_rejected_again_replaces_the_reason(buckets: Buckets) -> None:
    for body in (GOOD, b"! first", b"! second"):
        buckets.put(body)
        buckets.run(created=True)
    assert json.loads(buckets.rejection.body)["message"] == "! second"
    assert set(buckets.s3.buckets[RESIZED]) == {PLACE}


def test_other_sizes_decide_again(buckets: Buckets) -> None:
    buckets.put(BAD)
    buckets.run(created=True)
    buckets.run(sizes=OTHER_SIZES)
    assert buckets.rejection.metadata["recipe"] == combined_recipe(OTHER_SIZES)


@pytest.mark.parametrize("mirror_deletes", [True, False])
def test_a_rejection_is_deleted_with_its_original(
    buckets: Buckets, *, mirror_deletes: bool
) -> None:
    """Also if variants stay: it is not one."""
    buckets.put(BAD)
    buckets.run(created=True)
    buckets.delete()
    report = buckets.run(mirror_deletes=mirror_deletes)
    assert not buckets.rejection
    assert report.skipped == "no-original"


def test_a_missing_bucket_deletes_no_rejection(buckets: Buckets) -> None:
    """A HEAD gets 404, as for a missing object."""
    buckets.put(BAD)
    buckets.run(created=True)
    del buckets.s3.buckets[ORIGINAL]
    with pytest.raises(Exception, match="NoSuchBucket"):
        buckets.run()
    assert buckets.rejection


@pytest.mark.parametrize("fault", [None, "503", "after"])
def test_a_rejection_of_a_newer_upload_that_was_deleted_is_written_again(
    buckets: Buckets, fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the download of the earlier one and the last look at the original."""
    monkeypatch.setattr(variants, "in_parallel", in_turn_others_first)
    buckets.put(GOOD)

    def overtake(name: str, call: dict[str, Any]) -> str | None:
        if not _clears(name, call):
            return None
        buckets.fault = lambda *_: None
        buckets.put(BAD)
        buckets.run(created=True)
        assert buckets.rejection
        return fault

    buckets.fault = overtake
    report = buckets.run(created=True)
    assert report.rounds > 1
    assert buckets.rejection.metadata["source"] == buckets.version
    assert set(buckets.s3.buckets[RESIZED]) == {PLACE}


def test_either_answer_about_a_missing_rejection_costs_nothing_more(
    buckets: Buckets,
) -> None:
    """The fake says 404; where the latest version is a delete marker, S3 says 412."""
    buckets.fault = lambda name, call: "412" if _clears(name, call) else None
    buckets.put(GOOD)
    assert buckets.run(created=True).rounds == 1
    assert buckets.calls == NEW


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("before", [GOOD, BAD], ids=["none-there", "one-there"])
def test_a_good_upload_succeeds_though_the_first_delete_fails(
    buckets: Buckets, before: bytes, fault: str
) -> None:
    """A HEAD shows that there is none, or which one to delete."""
    buckets.put(before)
    buckets.run(created=True)
    buckets.put(b"B")
    faults = iter([fault])
    buckets.fault = lambda name, call: (
        next(faults, None) if _clears(name, call) else None
    )
    buckets.run(created=True)
    assert set(buckets.s3.buckets[RESIZED]) == VARIANTS


@pytest.mark.parametrize("fault", ["403", "503", "before"])
def test_a_rejection_that_cannot_be_deleted_fails_the_upload(
    buckets: Buckets, fault: str
) -> None:
    """It would stay; without one, whether it could be deleted does not matter."""
    buckets.fault = lambda name, call: fault if _clears(name, call) else None
    buckets.put(GOOD)
    buckets.run(created=True)
    buckets.put(BAD)
    buckets.fault = lambda name, call: fault if _clears(name, call) else None
    buckets.run(created=True)
    buckets.put(GOOD)
    with pytest.raises(Failed):
        buckets.run(created=True)
    buckets.fault = lambda *_: None
    buckets.run(created=True)
    assert set(buckets.s3.buckets[RESIZED]) == VARIANTS


def test_a_bucket_with_versions_gets_no_delete_marker(buckets: Buckets) -> None:
    buckets.s3.versioned = (ORIGINAL, RESIZED)
    buckets.put(GOOD)
    buckets.run(created=True)
    assert PLACE not in buckets.s3.buckets[RESIZED]
    for body in (BAD, GOOD, b"B"):
        buckets.put(body)
        buckets.run(created=True)
    kept = [one.body is not None for one in buckets.s3.buckets[RESIZED][PLACE]]
    assert kept == [True, False]


@pytest.mark.parametrize("make", ["request", "excluded"])
def test_an_upload_of_which_nothing_is_made_has_no_rejection(
    buckets: Buckets, make: str
) -> None:
    buckets.put(BAD)
    buckets.run(created=True)
    sizes = {
        "request": '{"sizes": [{"geometry": "9x", "make": "request"}]}',
        "excluded": '{"sizes": ["9x"], "include": ["other/*"]}',
    }
    buckets.run(created=True, sizes=parse(sizes[make]))
    assert buckets.calls == {"Head resized": 1, "Delete rejected": 1}
    assert not buckets.rejection


def test_a_retry_that_succeeds_deletes_the_rejection(buckets: Buckets) -> None:
    """As `redrive` does, with more memory."""
    buckets.put(GOOD)
    buckets.run(created=True, make_variants=partial(_refuse, CorruptImage("once")))
    assert buckets.rejection
    buckets.run()
    assert set(buckets.s3.buckets[RESIZED]) == VARIANTS


def test_an_archived_original_has_its_variants_and_a_rejection(
    buckets: Buckets,
) -> None:
    buckets.put(GOOD)
    buckets.run(created=True)
    archived = partial(_refuse, ArchivedObject("restore it"))
    buckets.run(sizes=OTHER_SIZES, make_variants=archived)
    assert json.loads(buckets.rejection.body)["code"] == "archived"
    assert len(buckets.s3.buckets[RESIZED]) == 4
    buckets.run(sizes=OTHER_SIZES)
    assert not buckets.rejection


def test_a_key_that_no_size_wants_any_more_keeps_no_rejection(
    buckets: Buckets,
) -> None:
    buckets.put(BAD)
    buckets.run(created=True)
    buckets.run(sizes=parse('{"sizes": ["9x"], "include": ["other/*"]}'))
    assert not buckets.rejection


@pytest.mark.parametrize("body", [GOOD, BAD])
@pytest.mark.parametrize("created", [True, False])
def test_a_viewer_writes_and_deletes_no_rejection_and_looks_for_none(
    buckets: Buckets, body: bytes, *, created: bool
) -> None:
    """It asks for one size; an upload's rejection is about all of them."""
    buckets.put(body)
    buckets.run(created=created, sizes=SIZES[:1], keep_rejections=False)
    assert not buckets.rejection
    assert not any("rejected" in call for call in buckets.calls)


@pytest.mark.parametrize("longer", [0, 1])
def test_a_key_without_room_for_the_object_is_only_rejected(
    buckets: Buckets, longer: int
) -> None:
    """S3 would refuse the call, and the upload would fail instead."""
    room = MAX_KEY_BYTES - len(REJECTION.variant_key(""))
    key = "k" * (room + longer)
    buckets.put(BAD, key)
    buckets.run(key, created=True)
    assert bool(buckets.s3.buckets[RESIZED]) == (not longer)
    buckets.put(GOOD, key)
    buckets.run(key, created=True)
    assert len(buckets.s3.buckets[RESIZED]) == len(SIZES)


def test_the_document_is_bounded_and_has_no_time() -> None:
    rejection = CorruptImage("\N{GRINNING FACE}\ud800" * 1_000)
    document = json.loads(compose("k", "v1", rejection))
    assert len(document["message"]) == MAX_MESSAGE_CHARACTERS
    VALIDATOR.validate(document)
    assert compose("k", "v1", rejection) == compose("k", "v1", rejection)


def _clears(name: str, call: dict[str, Any]) -> bool:
    """Whether a call deletes the rejection."""
    return name == "DeleteObject" and call["Key"] == PLACE


def _refuse(error: Rejected, _blob: bytes, _sizes: Sequence[Size]) -> ImageResult:
    raise error
