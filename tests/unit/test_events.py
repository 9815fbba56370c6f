"""Every envelope yields the same upload, with its key decoded once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.errors import UnknownEvent
from resize_on_upload.events.envelopes import changes, reconcile_event

EVENTS = Path(__file__).parent.parent / "events"
KEY = "holiday 2026/Zürich + See.jpg"


def _event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def sqs(event: Any) -> Any:
    return {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(event)}]}


def sns(event: Any) -> Any:
    return {
        "Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(event)}}]
    }


def sns_in_sqs(event: Any) -> Any:
    return sqs({"Type": "Notification", "Message": json.dumps(event)})


def failed(event: Any) -> Any:
    """Lambda's record of an invocation that failed, moved to the queue of uploads."""
    context = {"condition": "RetriesExhausted", "approximateInvokeCount": 3}
    payload = {"errorMessage": "1 of 1 uploads failed", "errorType": "Failed"}
    return sqs(
        {
            "version": "1.0",
            "timestamp": "2026-11-26T12:00:00.000Z",
            "requestContext": context,
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "responsePayload": payload,
        }
    )


def failed_of_sns(event: Any) -> Any:
    return failed(sns(event))


@pytest.mark.parametrize("name", ["s3-put", "eventbridge-created"])
@pytest.mark.parametrize(
    "wrap",
    [lambda event: event, sqs, sns, sns_in_sqs, failed, failed_of_sns],
    ids=["bare", "sqs", "sns", "2", "failed", "failed-of-sns"],
)
def test_every_envelope_holds_the_same_upload(name: str, wrap: Any) -> None:
    (change,) = changes(wrap(_event(name)))
    assert change.bucket == "photos-original"
    assert change.key == KEY
    assert change.created
    assert change.version_id == "096fKKXTRTtl3on89fVO.nfljtsv6qko"
    assert change.sequencer == "0055AED6DCD90281E5"


@pytest.mark.parametrize(
    "wrap", [lambda event: event, sqs, sns_in_sqs], ids=["bare", "sqs", "sns-in-sqs"]
)
def test_threat_76_the_test_event_names_no_key(wrap: Any) -> None:
    assert changes(wrap(_event("s3-test"))) == []


@pytest.mark.parametrize(
    ("name", "is_change"),
    [
        ("ObjectRemoved:Delete", True),
        ("ObjectRemoved:DeleteMarkerCreated", True),
        ("LifecycleExpiration:Delete", True),
        ("LifecycleExpiration:DeleteMarkerCreated", True),
        ("ObjectRestore:Completed", True),
        ("s3:ObjectRemoved:Delete", True),
        ("ObjectRestore:Post", False),
        ("ObjectTagging:Put", False),
        ("LifecycleTransition", False),
        ("ObjectAcl:Put", False),
    ],
)
def test_threat_75_every_change_of_content_is_a_change(
    name: str,
    is_change: bool,  # noqa: FBT001 - a table
) -> None:
    """Events that change no bytes are ignored; no other one means a new key."""
    event = _event("s3-removed")
    event["Records"][0]["eventName"] = name
    assert [change.created for change in changes(event)] == [False] * is_change


@pytest.mark.parametrize(
    "kind", ["Object Deleted", "Object Restore Completed", "Object Created"]
)
def test_eventbridge_events_are_read_alike(kind: str) -> None:
    event = _event("eventbridge-created")
    event["detail-type"] = kind
    (change,) = changes(event)
    assert (change.key, change.created) == (KEY, kind == "Object Created")
    assert change.account == event["account"]


def test_the_tools_request_a_key_with_their_own_event() -> None:
    (change,) = changes(reconcile_event("photos-original", KEY))
    assert (change.bucket, change.key, change.created) == (
        "photos-original",
        KEY,
        False,
    )


def test_all_records_are_found() -> None:
    event = _event("s3-put")
    event["Records"] *= 3
    assert len(changes(event)) == 3


def test_a_key_is_decoded_once() -> None:
    """A key that looks encoded is still that key."""
    event = _event("s3-put")
    event["Records"][0]["s3"]["object"]["key"] = "100%2525%2B+a%252Fb.jpg"
    assert changes(event)[0].key == "100%25+ a%2Fb.jpg"


def _endless() -> Any:
    event: Any = _event("s3-put")
    for _ in range(6):
        event = sqs(event)
    return event


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "text",
        {},
        {"Records": [{}]},
        {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]},
        {"Records": [{"eventSource": "aws:sqs", "body": "{not json"}]},
        {"Records": [{"eventSource": "aws:dynamodb"}]},
        {"source": "aws.s3", "detail-type": "Object Created", "detail": {}},
        _endless(),
    ],
    ids=lambda event: json.dumps(event)[:50],
)
def test_threat_76_any_other_event_is_refused(event: Any) -> None:
    """Nothing may be assumed about an unsupported event."""
    with pytest.raises(UnknownEvent):
        changes(event)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    JSON
    | st.fixed_dictionaries({"Records": st.lists(JSON)})
    | st.fixed_dictionaries(
        {
            "Records": st.lists(
                st.fixed_dictionaries(
                    {
                        "eventSource": st.just("aws:s3"),
                        "eventName": JSON | st.just("ObjectCreated:Put"),
                        "s3": JSON,
                    }
                )
            )
        }
    )
)
def test_any_json_is_read_or_refused(event: Any) -> None:
    try:
        changes(event)
    except UnknownEvent as error:
        assert len(str(error)) < 400  # never the whole event


def test_a_record_of_a_record_without_end_is_no_event() -> None:
    record: dict[str, Any] = {"requestContext": {}}
    record["requestPayload"] = record
    with pytest.raises(UnknownEvent, match="wrapped more than"):
        changes(record)


def test_an_event_that_was_moved_back_is_reconciled() -> None:
    (change,) = changes(failed(reconcile_event("photos-original", KEY)))
    assert (change.key, change.created) == (KEY, False)
