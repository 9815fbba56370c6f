"""The handler's own decisions: what it returns, raises and leaves to a retry."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from resize_on_upload import dependencies, handler
from resize_on_upload.errors import DecodeTimeout, Failed, QueueUnavailable
from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.storage.store import Store
from tests.support.fake_s3 import FakeS3
from tests.support.function_settings import SETTINGS
from tests.support.invocations import LambdaContext, queue, s3_record


def _never(blob: bytes, *_: Any) -> Any:
    msg = f"{blob!r} took too long"
    raise DecodeTimeout(msg)


@pytest.fixture(autouse=True)
def records(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The records sent to the rejected queue; every image takes too long."""
    s3 = FakeS3()
    s3.create_bucket("photos-original")
    s3.create_bucket("photos-resized")
    s3.put_object(Bucket="photos-original", Key="a.png", Body=b"x")
    store = Store(s3.client, "photos-original", "photos-resized", "1")
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(dependencies, "settings", lambda: SETTINGS)
    monkeypatch.setattr(dependencies, "store", lambda: store)
    sandbox = SimpleNamespace(make_variants=_never, pid=None, walls={}, whole=None)
    monkeypatch.setattr(dependencies, "sandbox", lambda: sandbox)
    monkeypatch.setattr(
        dependencies, "rejections", lambda: SimpleNamespace(send=sent.append)
    )
    return sent


EVENT = {
    "Records": [
        {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "photos-original"}, "object": {"key": "a.png"}},
        }
    ]
}


@pytest.mark.parametrize("timeout", [60_000, 10_000])
def test_an_image_that_had_its_full_time_is_rejected(timeout: int) -> None:
    """The whole limit, or all that any invocation has: a retry would have no more."""
    answer = handler.handler(EVENT, LambdaContext(timeout, timeout))
    assert answer == {"uploads": 1, "rejected": 1}


def test_a_rejection_leaves_a_record(records: list[dict[str, Any]]) -> None:
    """A person can find the upload; a tool can see whether the record is up to date."""
    handler.handler(EVENT, LambdaContext(60_000, 60_000))
    (record,) = records
    assert record["code"] == "decode-timeout"
    assert (record["bucket"], record["key"]) == ("photos-original", "a.png")
    assert record["source"].startswith("unversioned-")
    assert record["version"] is None
    assert record["recipes"] == combined_recipe(SETTINGS.sizes)
    assert record["detail"]
    assert record["time"]
    stored = dependencies.store().head_variant("rejected/a.png.json")
    assert stored
    kept = (stored.source_id, stored.recipe, stored.code)
    assert kept == (record["source"], record["recipes"], record["code"])


def test_a_rejection_is_published_as_its_record(
    monkeypatch: pytest.MonkeyPatch, records: list[dict[str, Any]]
) -> None:
    published: list[dict[str, Any]] = []
    bus = SimpleNamespace(rejected=published.append)
    monkeypatch.setattr(dependencies, "completion_events", lambda: bus)
    handler.handler(EVENT, LambdaContext(60_000, 60_000))
    assert published == records
    assert len(published) == 1


def test_a_record_that_cannot_be_stored_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The upload is retried, not forgotten."""

    def unreachable(_: object) -> None:
        msg = "no queue"
        raise QueueUnavailable(msg)

    monkeypatch.setattr(
        dependencies, "rejections", lambda: SimpleNamespace(send=unreachable)
    )
    with pytest.raises(Failed, match="no queue"):
        handler.handler(EVENT, LambdaContext(60_000, 60_000))


@pytest.mark.parametrize(
    ("bucket", "account"), [("another", "1"), ("photos-original", "2")]
)
def test_threat_77_a_foreign_event_is_refused(
    records: list[dict[str, Any]], bucket: str, account: str
) -> None:
    event = reconcile_event(bucket, "a.png") | {"account": account}
    answer = handler.handler(event, LambdaContext(60_000))
    assert answer == {"uploads": 1, "rejected": 1}
    assert records[0]["code"] == "foreign-bucket"


def test_an_image_that_had_too_little_time_is_retried() -> None:
    """It was behind others in a batch."""
    with pytest.raises(Failed, match="will be retried"):
        handler.handler(EVENT, LambdaContext(60_000, 12_000))


@pytest.mark.parametrize(
    ("left", "asked"), [(20_000, [17.0]), (5_000, [2.0]), (4_999, [])]
)
def test_the_decoder_gets_the_time_left_minus_three_seconds(
    monkeypatch: pytest.MonkeyPatch, left: int, asked: list[float]
) -> None:
    """They are kept for writing the variants. With less than two, no image is begun."""
    seconds: list[float] = []

    def slow(blob: bytes, _: object, given: float) -> Any:
        seconds.append(given)
        _never(blob)

    sandbox = SimpleNamespace(make_variants=slow, pid=None, walls={}, whole=None)
    monkeypatch.setattr(dependencies, "sandbox", lambda: sandbox)
    with pytest.raises(Failed, match="will be retried"):
        handler.handler(EVENT, LambdaContext(60_000, left))
    assert seconds == asked


def test_only_what_failed_returns_to_the_queue(
    records: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not a rejected upload, nor one that is gone; the others are done nevertheless."""
    client: Any = dependencies.store().client
    client.before = lambda _, call: "before" if "b.png" in call["Key"] else None
    keys = ("b.png", "a.png", "gone.png")
    bodies = [json.dumps({"Records": [s3_record("photos-original", k)]}) for k in keys]
    test_event = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})
    event = queue("{", *bodies, test_event)
    context = SimpleNamespace(
        aws_request_id="1", get_remaining_time_in_millis=lambda: 60_000
    )
    answer = handler.handler(event, context)
    failed = [one["itemIdentifier"] for one in answer["batchItemFailures"]]
    assert failed == ["0", "1"]
    assert [one["key"] for one in records] == ["a.png"]
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    outcomes = [(one["event"], one.get("key")) for one in logged]
    assert outcomes == [
        ("image.failed", None),
        ("image.failed", "b.png"),
        ("image.rejected", "a.png"),
        ("image.skipped", "gone.png"),
    ]
