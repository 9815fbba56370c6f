"""When caches are made to forget an image, and what happens if they cannot be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload import dependencies, handler
from resize_on_upload.errors import Failed, InvalidationFailed
from resize_on_upload.events.envelopes import changes, reconcile_event
from resize_on_upload.outputs.invalidation import MAX_TRIES, CloudFront
from resize_on_upload.reconcile.description.metadata import cache_tag
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import make_variants
from tests.support import function_settings
from tests.support.fake_account import client_error
from tests.support.fake_s3 import FakeS3
from tests.support.invocations import LambdaContext

ORIGINAL, RESIZED = "photos-original", "photos-resized"
BUSY = "TooManyInvalidationsInProgress"
SETTINGS = replace(
    function_settings.SETTINGS,
    sizes=parse('{"manifest": true, "sizes": ["9x", "x9"]}'),
    carry_over=CarryOverRules(cache_tags=True),
    distribution_parameter="/distribution",
)


@dataclass
class FakeCloudFront:
    """Records invalidations, after raising what it is to raise."""

    raises: list[Exception] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    references: set[str] = field(default_factory=set)

    def create_invalidation(self, **call: Any) -> None:
        assert call["DistributionId"] == "E1"
        batch = call["InvalidationBatch"]
        self.references.add(batch["CallerReference"])
        if self.raises:
            raise self.raises.pop(0)
        assert batch["Paths"]["Quantity"] == len(batch["Paths"]["Items"]) == 1
        self.sent += batch["Paths"]["Items"]


class World:
    """Both buckets, CloudFront, and the handler."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.s3, self.cloudfront = FakeS3((ORIGINAL,)), FakeCloudFront()
        self.s3.create_bucket(ORIGINAL)
        self.s3.create_bucket(RESIZED)
        self.records: list[Any] = []
        self.settings = SETTINGS
        sandbox = SimpleNamespace(
            make_variants=lambda body, sizes, _: make_variants(body, sizes),
            pid=None,
            walls={},
            whole=None,
        )
        found = {
            "settings": lambda: self.settings,
            "store": lambda: Store(
                self.s3.client, ORIGINAL, RESIZED, "1", self.settings.carry_over
            ),
            "sandbox": lambda: sandbox,
            "rejections": lambda: SimpleNamespace(send=self.records.append),
            "invalidations": lambda: CloudFront(self.cloudfront, lambda: "E1"),
        }
        for name, value in found.items():
            monkeypatch.setattr(dependencies, name, value)

    def put(self, body: bytes) -> None:
        self.s3.put_object(Bucket=ORIGINAL, Key="k", Body=body)

    def delete(self) -> None:
        self.s3.delete_object(Bucket=ORIGINAL, Key="k")

    def created(self, key: str = "k") -> None:
        _invoke(_event("ObjectCreated:Put", key))

    def removed(self, key: str = "k") -> None:
        _invoke(_event("ObjectRemoved:DeleteMarkerCreated", key))

    def reconcile(self) -> None:
        _invoke(reconcile_event(ORIGINAL, "k"))


def _event(name: str, key: str) -> dict[str, Any]:
    s3 = {"bucket": {"name": ORIGINAL}, "object": {"key": key}}
    return {"Records": [{"eventSource": "aws:s3", "eventName": name, "s3": s3}]}


def _invoke(event: dict[str, Any]) -> None:
    handler.handler(event, LambdaContext(*[60_000] * 9))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("time.sleep", lambda _: None)
    return World(monkeypatch)


TAG = f"#{cache_tag('k')}"
PARAMETER = {"Parameter": {"Value": "E1"}}
INVALIDATIONS = dependencies.invalidations
"""The real one, which the world replaces."""


@given(st.text(max_size=300))
def test_cache_tag_is_legal_for_any_key(key: str) -> None:
    """ASCII without commas, at most 256 characters, lower case, and no path."""
    tag = cache_tag(key)
    assert len(tag) == 32
    assert set(tag) <= set("0123456789abcdef")


@given(st.sets(st.text(max_size=5), min_size=2, max_size=20))
def test_keys_have_different_tags(keys: set[str]) -> None:
    """Tags that differ by case only would be one."""
    assert len({cache_tag(key).lower() for key in keys}) == len(keys)


def test_a_key_that_is_not_unicode_has_a_tag() -> None:
    assert len(cache_tag("\ud800")) == 32


def test_every_object_of_a_key_has_its_tag(world: World) -> None:
    world.put(b"A")
    world.created()
    stored = [versions[-1] for versions in world.s3.buckets[RESIZED].values()]
    assert len(stored) == 3
    assert {one.metadata["cache-tag"] for one in stored} == {cache_tag("k")}


def test_a_new_original_is_not_invalidated(world: World) -> None:
    """No cache can have it; of a 404, caches have ten seconds."""
    world.put(b"A")
    for _ in range(3):  # S3 may send an event more than once
        world.created()
    assert world.cloudfront.sent == []


def test_a_replaced_original_is_invalidated_once(world: World) -> None:
    world.put(b"A")
    world.created()
    world.put(b"B")
    for _ in range(3):
        world.created()
    world.reconcile()
    assert world.cloudfront.sent == [TAG]


def test_a_deleted_original_is_invalidated(world: World) -> None:
    world.put(b"A")
    world.created()
    world.delete()
    world.removed()
    assert world.cloudfront.sent == [TAG]


def test_an_image_replaced_by_what_is_none_is_invalidated(world: World) -> None:
    world.put(b"A")
    world.created()
    world.put(b"!")
    world.created()
    assert world.cloudfront.sent == [TAG]
    assert len(world.records) == 1


def test_a_backfill_invalidates_nothing(world: World) -> None:
    """Not even if it makes every variant again: only their recipe has changed."""
    world.put(b"A")
    world.created()
    document = '{"manifest": true, "sizes": [{"geometry": "8x", "name": "9x"}]}'
    world.settings = replace(SETTINGS, sizes=parse(document))
    world.reconcile()
    before = replace(SETTINGS, carry_over=CarryOverRules())
    for settings in (SETTINGS, before, SETTINGS):
        world.settings = settings
        world.reconcile()
    assert world.cloudfront.sent == []


def test_a_backfill_that_finds_another_original_invalidates(world: World) -> None:
    """Its event was lost."""
    world.put(b"A")
    world.created()
    world.put(b"B")
    world.reconcile()
    world.delete()
    world.reconcile()
    assert world.cloudfront.sent == [TAG, TAG]


def test_a_size_made_on_request_is_invalidated(world: World) -> None:
    sizes = parse('{"make": "request", "sizes": ["9x"]}')
    world.settings = replace(SETTINGS, sizes=sizes)
    world.put(b"A")
    world.created()
    (size,) = sizes
    source = world.s3.head_object(Bucket=ORIGINAL, Key="k")["VersionId"]
    metadata = {"source": source, "recipe": "another"}
    target = size.variant_key("k")
    world.s3.put_object(Bucket=RESIZED, Key=target, Body=b"x", Metadata=metadata)
    world.created()  # of another recipe: deleted, but it shows the same image
    assert world.cloudfront.sent == []
    world.s3.put_object(Bucket=RESIZED, Key=target, Body=b"x", Metadata=metadata)
    world.put(b"B")
    world.created()
    assert world.cloudfront.sent == [TAG]
    assert not world.s3.current(RESIZED, target)


def test_a_key_without_sizes_is_not_invalidated(world: World) -> None:
    """Whoever deletes 100,000 other files pays for no invalidation."""
    document = '{"sizes": [{"geometry": "9x", "include": ["photos/*"]}]}'
    world.settings = replace(SETTINGS, sizes=parse(document))
    world.removed("notes.txt")
    assert world.cloudfront.sent == []
    world.removed("photos/a.png")
    assert len(world.cloudfront.sent) == 1


def test_variants_that_stay_are_not_invalidated(world: World) -> None:
    world.settings = replace(SETTINGS, mirror_deletes=False)
    world.put(b"A")
    world.created()
    world.delete()
    world.removed()
    assert world.cloudfront.sent == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ObjectRemoved:Delete", 1),
        ("ObjectRemoved:DeleteMarkerCreated", 1),
        ("LifecycleExpiration:DeleteMarkerCreated", 1),
        # Of a version that was not the current one, nobody has seen a thing lately.
        ("LifecycleExpiration:Delete", 0),
        ("ObjectRestore:Completed", 0),
        ("ObjectCreated:Put", 0),
    ],
)
def test_only_a_delete_is_invalidated_if_nothing_is_left(
    world: World, name: str, expected: int
) -> None:
    _invoke(_event(name, "k"))
    assert len(world.cloudfront.sent) == expected


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"reason": "DeleteObject", "deletion-type": "Delete Marker Created"}, True),
        ({"reason": "DeleteObject", "deletion-type": "Permanently Deleted"}, True),
        (
            {
                "reason": "Lifecycle Expiration",
                "deletion-type": "Delete Marker Created",
            },
            True,
        ),
        (
            {"reason": "Lifecycle Expiration", "deletion-type": "Permanently Deleted"},
            False,
        ),
    ],
    ids=str,
)
def test_eventbridge_says_the_same(
    detail: dict[str, str],
    expected: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    about = {"bucket": {"name": ORIGINAL}, "object": {"key": "k"}}
    event = {"source": "aws.s3", "detail-type": "Object Deleted"}
    (change,) = changes(event | {"detail": about | detail})
    assert change.removed is expected
    (other,) = changes(event | {"detail": about, "detail-type": "Object Created"})
    assert not other.removed


def test_a_failure_after_a_delete_is_retried(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The retry finds nothing left, and still sends it."""
    world.put(b"A")
    world.created()
    world.delete()
    world.cloudfront.raises = [client_error("AccessDenied")]
    with pytest.raises(Failed, match="invalidation"):
        world.removed()
    line = _last_line(capsys)
    assert (line["event"], line["reason"]) == ("image.failed", "invalidation-failed")
    assert line["invalidations_failed"] == 1
    world.removed()
    assert world.cloudfront.sent == [TAG]
    assert _last_line(capsys)["invalidations"] == 1


def test_a_failure_after_a_replacement_is_logged(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The variants are up to date: a retry would find nothing to do."""
    world.put(b"A")
    world.created()
    assert "invalidations" not in _last_line(capsys)
    world.put(b"B")
    world.cloudfront.raises = [client_error("AccessDenied")]
    world.created()
    line = _last_line(capsys)
    assert line["event"] == "image.resized"
    assert (line["invalidations"], line["invalidations_failed"]) == (0, 1)
    assert "AccessDenied" in line["invalidation_error"]
    declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    assert {"Name": "invalidations_failed", "Unit": "Count"} in declared


def test_what_was_replaced_before_a_failure_is_invalidated(world: World) -> None:
    """S3 fails at the last look; a retry finds all variants up to date."""
    world.put(b"A")
    world.created()
    world.put(b"B")
    looks = iter(["", "before"])

    def fault(name: str, call: dict[str, Any]) -> str | None:
        is_look = name == "HeadObject" and call["Bucket"] == ORIGINAL
        return next(looks, "") or None if is_look else None

    world.s3.before = fault
    with pytest.raises(Failed):
        world.created()
    assert world.cloudfront.sent == [TAG]


def test_a_storm_of_overwrites_costs_one_each_at_most(world: World) -> None:
    world.put(b"A")
    world.created()
    for number in range(20):
        world.put(str(number).encode())
        if number % 4 == 3:  # events that come late find the work done
            for _ in range(4):
                world.created()
    assert len(world.cloudfront.sent) == 5


def test_a_busy_cloudfront_is_asked_again(world: World) -> None:
    world.cloudfront.raises = [client_error(BUSY)] * (MAX_TRIES - 1)
    CloudFront(world.cloudfront, lambda: "E1").forget("k", seconds=60)
    assert world.cloudfront.sent == [TAG]
    assert len(world.cloudfront.references) == MAX_TRIES


@pytest.mark.parametrize(
    "error",
    [
        *map(client_error, ("ParameterNotFound", "AccessDenied", "Throttling")),
        EndpointConnectionError(endpoint_url="https://ssm"),
    ],
    ids=str,
)
def test_uploads_work_if_the_distribution_cannot_be_found(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    """While the first deployment makes it, or if SSM fails; later it is asked again."""
    found = SimpleNamespace(get_parameter=Mock(side_effect=[error, error, PARAMETER]))
    clients = {"ssm": found, "cloudfront": world.cloudfront}
    monkeypatch.setattr(dependencies, "_client", clients.__getitem__)
    monkeypatch.setattr(dependencies, "invalidations", INVALIDATIONS)
    for cached in (INVALIDATIONS, dependencies._distribution_id):
        cached.cache_clear()
        request.addfinalizer(cached.cache_clear)
    for body in (b"A", b"B"):
        world.put(body)
        world.created()
    line = _last_line(capsys)
    assert (line["event"], line["invalidations_failed"]) == ("image.resized", 1)
    world.delete()
    with pytest.raises(Failed, match="invalidation"):
        world.removed()
    world.removed()
    assert world.cloudfront.sent == [TAG]


@pytest.mark.parametrize(
    ("error", "seconds", "tries"),
    [(BUSY, 60, MAX_TRIES), (BUSY, 0, 1), (BUSY, -5, 1), ("AccessDenied", 60, 1)],
)
def test_it_gives_up_in_time(
    world: World, error: str, seconds: float, tries: int
) -> None:
    world.cloudfront.raises = [client_error(error)] * 9
    with pytest.raises(InvalidationFailed, match=error):
        CloudFront(world.cloudfront, lambda: "E1").forget("k", seconds)
    assert 9 - len(world.cloudfront.raises) == tries


def test_without_the_setting_nothing_is_sent_or_logged(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.settings = replace(SETTINGS, distribution_parameter="")
    for body in (b"A", b"B"):
        world.put(body)
        world.created()
    world.delete()
    world.removed()
    world.removed()
    assert world.cloudfront.sent == []
    assert "invalidation" not in capsys.readouterr().out


def _last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (*_, line) = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found
