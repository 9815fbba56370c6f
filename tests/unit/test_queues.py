"""A queue and its readers: two at the same time, a slow one, a killed one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.queues.hidden import VISIBILITY_SECONDS
from tests.support.fake_stack import REJECTED, FakeStack, run_command

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = '{"sizes": ["9x"]}'
ALL = parse(SIZES)


@pytest.fixture
def stack() -> FakeStack:
    """Twenty-five originals that were rejected, and their records."""
    stack = FakeStack(SIZES)
    for number in range(25):
        key = f"{number}.png"
        _record(stack, key, stack.upload(key))
    return stack


def _record(stack: FakeStack, key: str, source: str) -> None:
    record = {
        "key": key,
        "source": source,
        "recipes": combined_recipe(ALL),
        "code": "corrupt",
    }
    stack.sqs.send(REJECTED, record)


def _visible(stack: FakeStack) -> int:
    answer = stack.sqs.get_queue_attributes(QueueUrl=REJECTED)
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _hide(stack: FakeStack, seconds: int = VISIBILITY_SECONDS) -> list[Any]:
    """Hide ten messages for a while, as another reader does."""
    answer = stack.sqs.receive_message(
        QueueUrl=REJECTED,
        MaxNumberOfMessages=10,
        VisibilityTimeout=seconds,
        WaitTimeSeconds=0,
    )
    return list(answer["Messages"])


def _number(stack: FakeStack, *, wait: bool = True) -> int:
    """Return how many messages a reader gets."""
    with stack.queue(REJECTED).messages(wait=wait) as messages:
        return len({message.id for message in messages})


def test_reading_a_queue_changes_nothing(stack: FakeStack) -> None:
    assert _number(stack) == 25
    assert _visible(stack) == 25


def test_a_reader_that_is_stopped_hides_nothing(stack: FakeStack) -> None:
    def stopped() -> None:
        with stack.queue(REJECTED).messages() as messages:
            assert len(list(messages)) == 25
            assert _visible(stack) == 0
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert _visible(stack) == 25


def test_plan_waits_for_messages_that_a_killed_command_hides(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rejected key is never reported as missing; a minute later all are visible."""
    _hide(stack)
    began = stack.clock.monotonic()
    assert run_command(stack, "plan") == 0
    printed = capsys.readouterr()
    assert "rejected           25" in printed.out
    assert "10 messages of the queue rejected are being read" in printed.err
    assert stack.clock.monotonic() - began < VISIBILITY_SECONDS + 10
    assert _visible(stack) == 25


def test_plan_fails_if_messages_stay_hidden(stack: FakeStack) -> None:
    _hide(stack, 3_600)
    with pytest.raises(DeploymentError, match="10 messages of the queue rejected stay"):
        run_command(stack, "plan")
    assert _visible(stack) == 15


def test_two_readers_that_wait_for_each_other_both_finish(stack: FakeStack) -> None:
    """The other hides ten, and releases them once it sees more."""
    hidden = _hide(stack, 3_600)

    def release() -> None:
        if _visible(stack) == 15:
            for message in hidden:
                entry = message | {"VisibilityTimeout": 0}
                stack.sqs.change_message_visibility_batch(
                    QueueUrl=REJECTED, Entries=[entry]
                )

    stack.sqs.clock.slept = release
    assert _number(stack) == 25


def test_a_reader_that_polls_does_not_wait(stack: FakeStack) -> None:
    _hide(stack)
    assert _number(stack, wait=False) == 15


def _slow(stack: FakeStack, seconds: float) -> Callable[..., dict[str, Any]]:
    receive = stack.sqs.receive_message

    def slowly(**call: Any) -> dict[str, Any]:
        stack.sqs.clock.sleep(seconds)
        return receive(**call)

    return slowly


def test_a_long_queue_stays_hidden_while_it_is_read(stack: FakeStack) -> None:
    """Each receive takes a quarter of the time for which messages are hidden."""
    for number in range(100):
        _record(stack, f"more {number}.png", "v1")
    stack.sqs.receive_message = _slow(stack, VISIBILITY_SECONDS / 4)  # type: ignore[method-assign]
    began = stack.clock.monotonic()
    with stack.queue(REJECTED).messages() as messages:
        assert len(list(messages)) == 125
        assert (
            stack.clock.monotonic() - began < 15 * VISIBILITY_SECONDS / 4
        )  # each came once
        assert _visible(stack) == 0


def test_messages_stay_hidden_while_others_are_deleted(stack: FakeStack) -> None:
    """A redrive may take long; no other reader may receive its messages meanwhile."""
    queue = stack.queue(REJECTED)
    with queue.messages() as messages:
        for message in list(messages):
            stack.sqs.clock.sleep(VISIBILITY_SECONDS / 4)
            queue.delete([message])
            assert _visible(stack) == 0
    assert stack.sqs.queues[REJECTED] == []


def test_the_calls_that_hide_many_messages_are_made_side_by_side(
    stack: FakeStack,
) -> None:
    """One by one, those of 100,000 messages would take longer than they hide."""
    for number in range(40):
        stack.sqs.send(REJECTED, {"key": f"many/{number}", "code": "corrupt"})
    both, change = threading.Barrier(2), stack.sqs.change_message_visibility_batch

    def together(**call: Any) -> dict[str, Any]:
        both.wait(timeout=60)
        return change(**call)

    queue = stack.queue(REJECTED)
    with queue.messages(wait=False) as messages:
        queue.delete(list(messages)[40:])
        stack.sqs.change_message_visibility_batch = together  # type: ignore[method-assign]
    assert both.n_waiting == 0


def test_what_is_received_for_a_reader_that_stops_is_released(stack: FakeStack) -> None:
    """Several calls receive at the same time; the reader has seen one message."""

    def stopped() -> None:
        with stack.queue(REJECTED).messages(at_once=3) as messages:
            next(messages)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert _visible(stack) == 25


def test_many_messages_are_hidden_for_longer(stack: FakeStack) -> None:
    """To hide them again takes longer, too."""
    for number in range(375):
        _record(stack, f"more {number}.png", "v1")
    with stack.queue(REJECTED).messages(wait=False, at_once=2) as messages:
        assert len(list(messages)) == 400
        last = max(one.visible_from for one in stack.sqs.queues[REJECTED])
        assert last - stack.clock.monotonic() > VISIBILITY_SECONDS
