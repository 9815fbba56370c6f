"""The events published to EventBridge: valid, and sent at least once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from resize_on_upload.errors import BusUnavailable, EmptyObject
from resize_on_upload.events.envelopes import Change, changes
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.outputs.completion_events import MAX_MANIFEST_BYTES, EventBridge
from resize_on_upload.outputs.rejections import rejection_record
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import ORIGINAL, RESIZED
from tests.support import images
from tests.support.events_schema import VALIDATOR
from tests.support.fake_s3 import FakeS3

SIZES = '{"manifest": true, "sizes": ["60x", {"geometry": "9x", "exclude": ["b*"]}]'
ALL = parse(SIZES + "}")
WITHOUT_A = parse(SIZES + ', "exclude": ["a*"]}')


class Bus:
    """A fake event bus that accepts or refuses events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {"FailedEntryCount": 0, "Entries": [{}]}
        self.error: Exception | None = None

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's
        if self.error:
            raise self.error
        for entry in Entries:
            event = {
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
            }
            VALIDATOR.validate(event)
            self.events.append(event)
        return self.answer


class World:
    """Both buckets and the bus."""

    def __init__(self) -> None:
        self.s3 = FakeS3((ORIGINAL,))
        self.s3.create_bucket(ORIGINAL)
        self.s3.create_bucket(RESIZED)
        self.store = Store(self.s3.client, ORIGINAL, RESIZED, "1")
        self.bus: Any = Bus()

    def put(self, key: str = "a.png") -> None:
        self.s3.put_object(Bucket=ORIGINAL, Key=key, Body=images.png(90, 60))

    def delete(self, key: str = "a.png") -> None:
        self.s3.delete_object(Bucket=ORIGINAL, Key=key)

    def run(
        self, key: str = "a.png", sizes: Any = ALL, *, mirror: bool = True
    ) -> list[str]:
        """The detail types of the events that one invocation for `key` sent."""
        before = len(self.bus.events)
        report = Report()
        config = ReconcileConfig(self.store, sizes, make_variants, mirror)
        reconcile(key, config, report, created=True)
        EventBridge(self.bus, self.store).completed(key, report)
        return [event["detail-type"] for event in self.bus.events[before:]]


@pytest.fixture
def world() -> World:
    return World()


def test_the_event_of_a_resized_image_holds_its_manifest(world: World) -> None:
    world.put()
    assert world.run() == ["Image Resized"]
    stored = world.s3.current(RESIZED, "manifest/a.png.json")
    assert stored
    (event,) = world.bus.events
    assert event["detail"]["manifest"] == json.loads(stored.body or b"")
    assert event["detail"]["key"] == "a.png"


def test_a_manifest_too_large_for_eventbridge_is_left_out(world: World) -> None:
    """Fifty sizes of a key whose characters take two bytes in JSON, three in a URL."""
    many = [{"geometry": f"{n}x", "name": f"n{n}"} for n in range(1, 51)]
    sizes = parse(json.dumps({"sizes": many, "manifest": True}))
    key = '"' * 1_000
    world.put(key)
    assert world.run(key, sizes) == ["Image Resized"]
    (event,) = world.bus.events
    stored = world.s3.current(RESIZED, event["detail"]["manifest_key"])
    assert stored
    assert len(stored.body or b"") > MAX_MANIFEST_BYTES
    assert "manifest" not in event["detail"]


def test_the_event_is_sent_again_if_another_invocation_did_the_work(
    world: World,
) -> None:
    """It may have died before it sent the event."""
    world.put()
    world.run()
    assert world.run() == ["Image Resized"]


def test_a_deleted_image_is_reported_as_removed(world: World) -> None:
    world.put()
    world.run()
    world.delete()
    assert world.run() == ["Image Removed"]
    assert world.run() == ["Image Removed"]


def test_an_image_excluded_by_its_path_is_reported_as_removed(world: World) -> None:
    world.put()
    world.run()
    assert world.run(sizes=WITHOUT_A) == ["Image Removed"]
    assert world.run(sizes=WITHOUT_A) == []


def test_a_key_without_variants_has_no_event(world: World) -> None:
    """A folder marker; a key without sizes; a deletion that is not mirrored."""
    world.put("a/")
    assert world.run("a/") == []
    assert world.run("a.txt", WITHOUT_A) == []
    world.put()
    world.run()
    world.delete()
    assert world.run(mirror=False) == []


def test_the_event_of_a_rejected_upload_is_its_record_with_the_log_s_reason(
    world: World,
) -> None:
    change = Change(bucket=ORIGINAL, key="a.png")
    kept = rejection_record(change, "v1", EmptyObject("no bytes"), ALL)
    EventBridge(world.bus, world.store).rejected(kept)
    (event,) = world.bus.events
    assert event["detail-type"] == "Image Rejected"
    assert event["detail"] == kept | {"reason": "empty", "message": "no bytes"}


def test_an_event_that_the_bus_refuses_is_a_failure(world: World) -> None:
    """So the upload is retried, and its event with it."""
    world.put()
    refused = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    world.bus.answer = {"FailedEntryCount": 1, "Entries": [refused]}
    with pytest.raises(BusUnavailable, match="ThrottlingException: slow down"):
        world.run()
    world.bus.error = ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}},
        "PutEvents",
    )
    with pytest.raises(BusUnavailable, match=r"events:PutEvents .* not authorized"):
        world.run()


def test_completion_events_name_no_key_to_reconcile(world: World) -> None:
    """A rule that sends them back to the function causes no loop."""
    world.put()
    world.run()
    (event,) = world.bus.events
    assert changes(event) == []
