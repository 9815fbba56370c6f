"""A queue and its readers: two at once, a slow one, one that was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.sizes.parser import parse
from tests.support.fake_stack import REJECTED, FakeStack
from tools.commands import plan
from tools.compare.diff import rejections
from tools.stack.deployment import DeploymentError
from tools.stack.queues import HIDDEN

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
    said = {
        "key": key,
        "source": source,
        "recipes": combined_recipe(ALL),
        "code": "corrupt",
    }
    stack.sqs.send(REJECTED, said)


def _visible(stack: FakeStack) -> int:
    answer = stack.sqs.get_queue_attributes(QueueUrl=REJECTED)
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _hold(stack: FakeStack, seconds: int = HIDDEN) -> list[Any]:
    """What another reader does: ten messages are hidden for a while."""
    answer = stack.sqs.receive_message(
        QueueUrl=REJECTED,
        MaxNumberOfMessages=10,
        VisibilityTimeout=seconds,
        WaitTimeSeconds=0,
    )
    return list(answer["Messages"])


def test_a_queue_that_was_read_is_as_before(stack: FakeStack) -> None:
    assert len(rejections(stack)) == 25
    assert _visible(stack) == 25


def test_a_reader_that_is_stopped_hides_nothing(stack: FakeStack) -> None:
    def stopped() -> None:
        with stack.queue(REJECTED).messages():
            assert _visible(stack) == 0
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert _visible(stack) == 25


def test_plan_waits_for_what_a_killed_one_hides(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rejected key is never called missing; a minute later all is visible."""
    _hold(stack)
    began = stack.clock.now()
    assert not plan.run(stack, ALL, "", as_json=False)
    told = capsys.readouterr()
    assert "rejected           25" in told.out
    assert "10 messages of the queue rejected are being read" in told.err
    assert stack.clock.now() - began < HIDDEN + 10
    assert _visible(stack) == 25


def test_plan_gives_up_rather_than_guess(stack: FakeStack) -> None:
    _hold(stack, 3_600)
    with pytest.raises(DeploymentError, match="10 messages of the queue rejected stay"):
        plan.run(stack, ALL, "", as_json=False)
    assert _visible(stack) == 15


def test_two_who_wait_for_each_other_both_end(stack: FakeStack) -> None:
    """The other holds ten, and gives them back once it sees more."""
    held = _hold(stack, 3_600)

    def give_back() -> None:
        if _visible(stack) == 15:
            for message in held:
                entry = message | {"VisibilityTimeout": 0}
                stack.sqs.change_message_visibility_batch(
                    QueueUrl=REJECTED, Entries=[entry]
                )

    stack.sqs.clock.slept = give_back
    assert len(rejections(stack)) == 25


def test_who_looks_again_anyway_does_not_wait(stack: FakeStack) -> None:
    _hold(stack)
    assert len(rejections(stack, wait=False)) == 15


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
    stack.sqs.receive_message = _slow(stack, HIDDEN / 4)  # type: ignore[method-assign]
    began = stack.clock.now()
    with stack.queue(REJECTED).messages() as messages:
        assert len(messages) == 125
        assert stack.clock.now() - began < 15 * HIDDEN / 4  # each came once
        assert _visible(stack) == 0


def test_messages_stay_hidden_while_others_are_removed(stack: FakeStack) -> None:
    """A redrive may take long; nobody else may take its messages meanwhile."""
    queue = stack.queue(REJECTED)
    with queue.messages() as messages:
        for message in messages:
            stack.sqs.clock.sleep(HIDDEN / 4)
            queue.remove(message)
            assert _visible(stack) == 0
    assert stack.sqs.queues[REJECTED] == []
