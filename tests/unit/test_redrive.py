"""`redrive`: what is invoked again, and what is deleted from the queue."""

from __future__ import annotations

import pytest

from resize_on_upload.events.envelopes import reconcile_event
from tests.support.fake_stack import (
    FAILED,
    ORIGINAL,
    REJECTED,
    FakeStack,
    run_command,
)
from tests.support.invocations import s3_record


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


def _count(stack: FakeStack, url: str) -> int:
    """Return the number of messages; all must be visible to the next reader."""
    answer = stack.sqs.get_queue_attributes(QueueUrl=url)["Attributes"]
    assert answer["ApproximateNumberOfMessagesNotVisible"] == "0"
    return int(answer["ApproximateNumberOfMessages"])


def test_failed_uploads_are_retried(stack: FakeStack) -> None:
    assert run_command(stack, "redrive failed") == 0
    assert sorted(stack.function_calls.keys) == ["a.png", "b.png"]
    assert _count(stack, FAILED) == 0


def test_what_failed_in_the_queue_of_uploads_is_retried(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQS moves S3's event as it is; the reason is in the log only."""
    stack.sqs.send(FAILED, {"Records": [s3_record(ORIGINAL, "e+f.png")]})
    assert run_command(stack, "redrive failed") == 0
    assert sorted(stack.function_calls.keys) == ["a.png", "b.png", "e f.png"]
    assert _count(stack, FAILED) == 0
    assert "e f.png: failed as often as the queue" in capsys.readouterr().out


def test_a_key_that_was_rejected_twice_is_retried_once(stack: FakeStack) -> None:
    assert run_command(stack, "redrive rejected --code corrupt") == 0
    assert stack.function_calls.keys == ["c.png"]
    assert _count(stack, REJECTED) == 1


@pytest.mark.parametrize(
    ("name", "url", "count"), [("failed", FAILED, 2), ("rejected", REJECTED, 3)]
)
def test_a_dry_run_changes_nothing(
    stack: FakeStack, name: str, url: str, count: int
) -> None:
    assert run_command(stack, f"redrive {name} --dry-run") == 1
    assert stack.function_calls.keys == []
    assert _count(stack, url) == count


def test_what_lambda_does_not_accept_stays_in_the_queue(stack: FakeStack) -> None:
    """Otherwise an upload would be lost."""

    def refuse(key: str) -> None:
        if key == "b.png":
            raise ConnectionError

    stack.function_calls.work = refuse
    with pytest.raises(ConnectionError):
        run_command(stack, "redrive failed")
    assert _count(stack, FAILED) == 1
    stack.function_calls.work = lambda _: None
    assert run_command(stack, "redrive failed") == 0
    assert sorted({*stack.function_calls.keys}) == ["a.png", "b.png"]


def test_a_long_message_is_shortened_for_people_only(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its start names the call, its end the cause."""
    message = f"s3:GetObject failed: {'x' * 500} [Errno 111] Connection refused"
    record = {"requestPayload": reconcile_event(ORIGINAL, "long.png")}
    stack.sqs.send(FAILED, {**record, "responsePayload": {"errorMessage": message}})
    run_command(stack, "redrive failed --dry-run")
    line = capsys.readouterr().out.splitlines()[2]
    assert len(line) < 200
    assert line.startswith("long.png: s3:GetObject failed: xxx")
    assert line.endswith("[Errno 111] Connection refused")
    run_command(stack, "redrive failed --dry-run --json")
    assert message in capsys.readouterr().out


def test_a_summary_counts_what_is_left(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line at the end, whether or not anything was retried."""
    summaries = {
        "rejected --code empty": "Retrying 1 upload; 1 other left in the queue.",
        "rejected --code empty --dry-run": "Nothing to retry; 1 upload left in the "
        "queue.",
        "failed": "Retrying 2 uploads; 0 others left in the queue.",
        "failed --dry-run": "Nothing to retry.",
    }
    for arguments, summary in summaries.items():
        run_command(stack, f"redrive {arguments}")
        assert capsys.readouterr().out.splitlines()[-1] == summary


def test_many_are_retried_at_the_rate_they_are_given(stack: FakeStack) -> None:
    """And deleted by tens."""
    for number in range(300):
        event = reconcile_event(ORIGINAL, f"{number}.png")
        stack.sqs.send(FAILED, {"requestPayload": event, "responsePayload": {}})
    began = stack.clock.monotonic()
    assert run_command(stack, "redrive failed --rate 100") == 0
    assert 2 <= stack.clock.monotonic() - began < 6
    assert len({*stack.function_calls.keys}) == 302
    assert _count(stack, FAILED) == 0


def test_ctrl_c_deletes_what_lambda_has_accepted(stack: FakeStack) -> None:
    """The next run continues with the others."""
    for number in range(100):
        event = reconcile_event(ORIGINAL, f"{number}.png")
        stack.sqs.send(FAILED, {"requestPayload": event, "responsePayload": {}})

    def interrupt() -> None:
        if len(stack.function_calls.keys) > 30:
            stack.sqs.clock.slept = lambda: None
            raise KeyboardInterrupt

    stack.sqs.clock.slept = interrupt
    with pytest.raises(KeyboardInterrupt):
        run_command(stack, "redrive failed")
    left = _count(stack, FAILED)
    assert 0 < left < 102
    assert run_command(stack, "redrive failed") == 0
    assert len({*stack.function_calls.keys}) == 102
    assert _count(stack, FAILED) == 0
