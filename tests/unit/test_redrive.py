"""`redrive`: what is invoked again, and what leaves the queue."""

from __future__ import annotations

import pytest

from resize_on_upload.events.envelopes import reconcile_event
from tests.support.fake_stack import FAILED, ORIGINAL, REJECTED, FakeStack
from tools.commands import redrive


@pytest.fixture
def stack() -> FakeStack:
    """Two failed uploads; three records of rejections, two of them of one key."""
    stack = FakeStack('{"sizes": ["9x"]}')
    for key in ("a.png", "b.png"):
        event = reconcile_event(ORIGINAL, key)
        answer = {"errorMessage": "S3 did not answer"}
        stack.sqs.send(FAILED, {"requestPayload": event, "responsePayload": answer})
    for key, code in (("c.png", "corrupt"), ("c.png", "corrupt"), ("d.png", "empty")):
        stack.sqs.send(REJECTED, {"key": key, "code": code})
    return stack


def _redrive(
    stack: FakeStack, name: str, *, code: str | None = None, dry_run: bool = False
) -> bool:
    return redrive.run(
        stack, name, code=code, prefix="", dry_run=dry_run, as_json=False
    )


def _count(stack: FakeStack, url: str) -> int:
    """The messages in a queue; all must be there for the next reader."""
    answer = stack.sqs.get_queue_attributes(QueueUrl=url)["Attributes"]
    assert answer["ApproximateNumberOfMessagesNotVisible"] == "0"
    return int(answer["ApproximateNumberOfMessages"])


def test_what_failed_is_tried_once_more(stack: FakeStack) -> None:
    assert not _redrive(stack, "failed")
    assert stack.function_calls.keys == ["a.png", "b.png"]
    assert _count(stack, FAILED) == 0


def test_a_key_that_was_rejected_twice_is_tried_once(stack: FakeStack) -> None:
    assert not _redrive(stack, "rejected", code="corrupt")
    assert stack.function_calls.keys == ["c.png"]
    assert _count(stack, REJECTED) == 1


@pytest.mark.parametrize(
    ("name", "url", "count"), [("failed", FAILED, 2), ("rejected", REJECTED, 3)]
)
def test_a_dry_run_leaves_all_as_it_is(
    stack: FakeStack, name: str, url: str, count: int
) -> None:
    assert _redrive(stack, name, dry_run=True)
    assert stack.function_calls.keys == []
    assert _count(stack, url) == count


def test_what_lambda_did_not_accept_stays_in_the_queue(stack: FakeStack) -> None:
    """Or an upload would be lost."""

    def refuse(key: str) -> None:
        if key == "b.png":
            raise ConnectionError

    stack.function_calls.work = refuse
    with pytest.raises(ConnectionError):
        _redrive(stack, "failed")
    assert _count(stack, FAILED) == 1
    stack.function_calls.work = lambda _: None
    assert not _redrive(stack, "failed")
    assert stack.function_calls.keys == ["a.png", "b.png", "b.png"]
