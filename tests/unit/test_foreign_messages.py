"""Messages of other programs in the queues: no command fails because of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_on_upload.events.envelopes import reconcile_event
from tests.support.fake_stack import FAILED, ORIGINAL, REJECTED, FakeStack, run_command

SIZES = '{"sizes": ["9x"]}'
NAMES = [
    *("Records", "eventSource", "eventName", "s3", "bucket", "object", "name", "key"),
    *("source", "detail-type", "detail", "requestPayload", "responsePayload"),
    *("errorMessage", "requestContext", "condition", "code", "recipes", "body"),
]
MESSAGES = st.recursive(
    st.sampled_from([None, True, 7, "aws:s3", "aws.s3", "Object Created", "a.png"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    ),
    max_leaves=12,
)


def _run_all(message: object) -> FakeStack:
    """Run what reads the queues, with a message in both."""
    stack = FakeStack(SIZES)
    stack.upload("a.png")
    for queue in (FAILED, REJECTED):
        stack.sqs.send(queue, message)
    assert run_command(stack, "plan") == 1
    assert run_command(stack, "backfill --json") == 1
    assert stack.function_calls.keys == ["a.png"]
    for queue in ("failed", "rejected"):
        assert run_command(stack, f"redrive {queue} --dry-run") in (0, 1)
    return stack


@pytest.mark.parametrize(
    "message",
    [
        {"requestPayload": None, "responsePayload": True},
        {"requestPayload": {}, "responsePayload": {"errorMessage": ["a"]}},
        {"requestPayload": reconcile_event(ORIGINAL, ["a.png"])},  # type: ignore[arg-type]
        {"key": "a.png", "source": ["v1"], "recipes": {}, "code": "corrupt"},
        {"key": ["a.png"], "code": "corrupt"},
        {"key": "a.png", "code": ["corrupt"]},
        ["a.png"],
        "no json",
        "[" * 100_000,
    ],
    ids=lambda message: str(message)[:60],
)
def test_an_odd_message_stops_no_command(message: object) -> None:
    _run_all(message)


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_no_message_stops_a_command(message: object) -> None:
    _run_all(message)


def test_an_event_that_lambda_dropped_has_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The function was not invoked, so it has no error."""
    record: dict[str, Any] = {"requestPayload": reconcile_event(ORIGINAL, "a.png")}
    record["requestContext"] = {"condition": "EventAgeExceeded"}
    stack = FakeStack(SIZES)
    stack.sqs.send(FAILED, record)
    run_command(stack, "redrive failed --dry-run")
    assert "a.png: EventAgeExceeded\n" in capsys.readouterr().out
