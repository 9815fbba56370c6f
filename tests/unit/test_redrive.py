"""`redrive`: what is invoked again, and what is deleted from the queue."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload_cli.errors import DeploymentError, UsageError
from resize_on_upload_cli.queues import hidden, on_disk, queue
from tests.support.fake_stack import (
    FAILED,
    ORIGINAL,
    REJECTED,
    FakeStack,
    run_command,
)
from tests.support.invocations import s3_record

if TYPE_CHECKING:
    from collections.abc import Callable


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


def test_an_unknown_code_is_answered_with_the_codes(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run_command(stack, "redrive rejected --code nonsense")
    printed = capsys.readouterr().err
    assert "corrupt" in printed
    assert "<Reason" not in printed


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


def _fail(stack: FakeStack, *keys: str) -> None:
    """Put uploads into the failed queue."""
    for key in keys:
        event = reconcile_event(ORIGINAL, key)
        stack.sqs.send(FAILED, {"requestPayload": event, "responsePayload": {}})


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let SQS hide fewer messages than the queue has."""
    number = 40
    for module in (hidden, queue):
        monkeypatch.setattr(module, "MAX_HIDDEN", number)
    return number


def test_a_queue_may_be_longer_than_what_sqs_hides(stack: FakeStack, few: int) -> None:
    """Messages are deleted while others are received."""
    _fail(stack, *(f"{number}.png" for number in range(10 * few)))
    assert run_command(stack, "redrive failed --rate 1000") == 0
    assert len(stack.function_calls.keys) == 10 * few + 2
    assert _count(stack, FAILED) == 0


@pytest.mark.parametrize("options", ["--dry-run", "--prefix z"])
def test_what_sqs_does_not_show_is_not_passed_over_in_silence(
    stack: FakeStack, few: int, capsys: pytest.CaptureFixture[str], options: str
) -> None:
    _fail(stack, *(f"{number}.png" for number in range(5 * few)))
    run_command(stack, f"redrive failed {options}")
    assert "those behind them were not looked at" in capsys.readouterr().err
    assert _count(stack, FAILED) == 5 * few + 2


def test_a_queue_of_as_many_as_sqs_hides_is_seen_whole(
    stack: FakeStack, few: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail(stack, *(f"{number}.png" for number in range(few - 2)))
    assert run_command(stack, "redrive failed --dry-run") == 1
    printed = capsys.readouterr()
    assert f"{few} uploads would be retried" in printed.out
    assert not printed.err


def test_messages_are_hidden_while_they_wait_for_their_turn(stack: FakeStack) -> None:
    """Nobody else retries them meanwhile, and each is retried once."""
    keys = [f"{number}.png" for number in range(8)]
    _fail(stack, *keys)
    visible: list[object] = []

    def look() -> None:
        now = stack.sqs.clock.now
        visible.extend(m for m in stack.sqs.queues[FAILED] if m.visible_from <= now)

    stack.sqs.clock.slept = look
    assert run_command(stack, "redrive failed --rate 0.02") == 0
    assert sorted(stack.function_calls.keys) == sorted(["a.png", "b.png", *keys])
    assert stack.clock.monotonic() > 1_000_000 + 9 / 0.02
    assert not visible


@pytest.mark.parametrize("options", ["", "--dry-run"])
def test_a_full_disk_loses_nothing(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    """The command ends with a message; messages are visible to the next one."""
    keys = [f"{number}.png" for number in range(2_000)]
    _fail(stack, *keys)
    with monkeypatch.context() as patch:
        full = on_disk._SCHEMA.replace("CREATE", "PRAGMA max_page_count = 8; CREATE")
        patch.setattr(on_disk, "_SCHEMA", full)
        with pytest.raises(UsageError, match=r"disk is full.*make room"):
            run_command(stack, f"redrive failed --rate 1000 {options}")
    assert len(stack.sqs.visible(FAILED)) == len(stack.sqs.queues[FAILED]) > 0
    assert run_command(stack, "redrive failed --rate 1000") == 0
    assert {*keys} <= {*stack.function_calls.keys}


def test_a_queue_that_is_gone_is_named(stack: FakeStack) -> None:
    _fail(stack, *(f"{number}.png" for number in range(100)))

    def delete(_: str) -> None:
        stack.sqs.queues.pop(FAILED, None)

    stack.function_calls.work = delete
    with pytest.raises(DeploymentError, match="the queue failed is gone"):
        run_command(stack, "redrive failed")


def test_a_queue_that_is_purged_meanwhile_is_empty(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was received before is retried; nothing waits for the others."""
    _fail(stack, *(f"{number}.png" for number in range(500)))

    def purge(_: str) -> None:
        stack.sqs.queues[FAILED].clear()

    stack.function_calls.work = purge
    assert run_command(stack, "redrive failed") == 0
    assert 2 <= len(stack.function_calls.keys) < 502
    assert not capsys.readouterr().err


def _interrupted(after: int, error: type[BaseException]) -> Callable[[str], None]:
    left = iter(range(after))

    def work(_: str) -> None:
        if next(left, None) is None:
            raise error

    return work


@given(
    st.lists(st.integers(0, 40), max_size=120),
    st.integers(0, 60),
    st.sampled_from([KeyboardInterrupt, ConnectionError]),
    st.integers(0, 2**16),
    st.sampled_from([1, 50, 400]),
)
def test_nothing_is_lost_whatever_happens(
    numbers: list[int], after: int, error: type[BaseException], seed: int, rate: int
) -> None:
    """Keys repeat, SQS keeps some messages, and the command is interrupted.

    Each upload was accepted or is in the queue; once all goes well, none is left.
    """
    stack, chance = FakeStack('{"sizes": ["9x"]}'), random.Random(seed)  # noqa: S311 - not a secret
    keys = [f"{number}.png" for number in numbers]
    _fail(stack, *keys)
    stack.sqs.kept = lambda: chance.random() < 0.1
    stack.function_calls.work = _interrupted(after, error)
    try:
        run_command(stack, f"redrive failed --rate {rate}")
    except (KeyboardInterrupt, ConnectionError):
        accepted = stack.function_calls.keys[:after]
        queued = {one.body for one in stack.sqs.queues[FAILED]}
        lost = {*keys} - {*accepted}
        assert not [key for key in lost if not any(f'"{key}"' in q for q in queued)]
    _count(stack, FAILED)
    stack.sqs.kept, stack.function_calls.work = lambda: False, lambda _: None
    assert run_command(stack, f"redrive failed --rate {rate}") == 0
    assert {*stack.function_calls.keys} == {*keys}
    assert _count(stack, FAILED) == 0
