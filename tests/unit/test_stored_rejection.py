"""The object that says why an upload was rejected: its calls, its text, its end."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from resize_on_upload.errors import ArchivedObject, CorruptImage, Rejected
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.reconcile.rejection import MAX_MESSAGE_CHARACTERS, compose
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import MAX_KEY_BYTES, REJECTION
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import ORIGINAL, RESIZED, make_variants
from tests.support.fake_s3 import FakeS3

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


@pytest.mark.parametrize(
    ("before", "costs"),
    [
        ((), {"Get original": 1, "Put resized": 3, "Head original": 1}),
        ((BAD,), {"Get original": 1, "Put resized": 3, "Head original": 1}),
        (
            (GOOD,),
            {
                "Get original": 1,
                "Put resized": 6,
                "Head resized": 3,
                "Head original": 2,
            },
        ),
    ],
    ids=["new", "in-place-of-a-rejected-one", "in-place-of-a-good-one"],
)
def test_a_good_upload_costs_no_call_for_rejections(
    buckets: Buckets, before: Sequence[bytes], costs: dict[str, int]
) -> None:
    for body in before:
        buckets.put(body)
        buckets.run(created=True)
    buckets.put(b"B")
    buckets.run(created=True)
    assert buckets.calls == costs


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


def test_a_rejection_out_of_date_is_deleted_though_variants_stay(
    buckets: Buckets,
) -> None:
    for body in (BAD, GOOD):
        buckets.put(body)
        buckets.run(created=True)
    buckets.delete()
    report = buckets.run(mirror_deletes=False)
    assert report.skipped == "deletes-not-mirrored"
    assert set(buckets.s3.buckets[RESIZED]) == {s.variant_key(KEY) for s in SIZES}


def test_a_missing_bucket_deletes_no_rejection(buckets: Buckets) -> None:
    """A HEAD gets 404, as for a missing object."""
    buckets.put(BAD)
    buckets.run(created=True)
    del buckets.s3.buckets[ORIGINAL]
    with pytest.raises(Exception, match="NoSuchBucket"):
        buckets.run()
    assert buckets.rejection


def test_a_good_upload_leaves_a_rejection_out_of_date_until_the_next_look(
    buckets: Buckets,
) -> None:
    """Its source says so; to look before each upload would cost a call of each."""
    buckets.put(BAD)
    buckets.run(created=True)
    buckets.put(GOOD)
    buckets.run(created=True)
    assert buckets.rejection.metadata["source"] != buckets.version
    buckets.run()
    assert not buckets.rejection


def test_a_retry_that_succeeds_deletes_the_rejection(buckets: Buckets) -> None:
    """As `redrive` does, with more memory; before any variant is written."""
    buckets.put(GOOD)
    buckets.run(created=True, make_variants=partial(_refuse, CorruptImage("once")))
    assert buckets.rejection

    def check(name: str, _call: dict[str, Any]) -> None:
        assert name != "PutObject" or not buckets.rejection

    buckets.fault = check
    buckets.run()
    assert set(buckets.s3.buckets[RESIZED]) == {s.variant_key(KEY) for s in SIZES}


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


def test_a_viewer_writes_no_rejection_and_looks_for_none(buckets: Buckets) -> None:
    """It asks for one size; an upload's rejection is about all of them."""
    buckets.put(BAD)
    buckets.run(sizes=SIZES[:1], keep_rejections=False)
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


def test_the_document_is_bounded_and_has_no_time() -> None:
    rejection = CorruptImage("\N{GRINNING FACE}\ud800" * 1_000)
    document = json.loads(compose("k", "v1", rejection))
    assert len(document["message"]) == MAX_MESSAGE_CHARACTERS
    VALIDATOR.validate(document)
    assert compose("k", "v1", rejection) == compose("k", "v1", rejection)


def _refuse(error: Rejected, _blob: bytes, _sizes: Sequence[Size]) -> ImageResult:
    raise error
