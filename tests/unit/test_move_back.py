"""`redrive failed` with a queue of uploads: SQS moves what has failed back to it."""

from __future__ import annotations

import json

import pytest

from resize_on_upload.events.envelopes import changes, reconcile_event
from resize_on_upload_cli.errors import UnfinishedError
from tests.support.fake_account import client_error
from tests.support.fake_stack import FAILED, ORIGINAL, REJECTED, FakeStack, run_command
from tests.support.invocations import s3_record

INTAKE = "https://sqs/intake"
_START = {
    "SourceArn": f"arn:{FAILED}",
    "DestinationArn": f"arn:{INTAKE}",
    "MaxNumberOfMessagesPerSecond": 10,
}


@pytest.fixture
def stack() -> FakeStack:
    """A stack with a queue of uploads; of 60 failed uploads, every third by Lambda."""
    stack = FakeStack('{"sizes": ["9x"]}')
    stack.outputs["IntakeQueueUrl"] = INTAKE
    stack.sqs.queues[INTAKE] = []
    stack.sqs.moves.dead_letters = {FAILED}
    for number in range(60):
        stack.sqs.send(FAILED, _message(f"{number} é+.png", by_lambda=number % 3 == 0))
    return stack


def _message(key: str, *, by_lambda: bool) -> object:
    if not by_lambda:
        return {"Records": [s3_record(ORIGINAL, key.replace("+", "%2B"))]}
    return {
        "version": "1.0",
        "requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": reconcile_event(ORIGINAL, key),
        "responsePayload": {"errorMessage": "S3 did not answer"},
    }


def _keys(stack: FakeStack, url: str) -> list[str]:
    """Return the keys of a queue's messages, as the function reads them."""
    bodies = [message.body for message in stack.sqs.queues[url]]
    records = [{"eventSource": "aws:sqs", "body": body} for body in bodies]
    return [change.key for change in changes({"Records": records})]


def test_the_function_understands_all_that_is_moved(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """S3's events and Lambda's records alike; nothing is invoked."""
    assert run_command(stack, "redrive failed") == 0
    keys = [f"{number} é+.png" for number in range(60)]
    assert sorted(_keys(stack, INTAKE)) == sorted(keys)
    assert stack.sqs.queues[FAILED] == []
    assert stack.function_calls.keys == []
    summary = "Retrying 60 uploads; 0 others left in the queue.\n"
    assert capsys.readouterr().out == summary


@pytest.mark.parametrize(
    ("rate", "moved_at"), [("1", 1), ("7.9", 7), ("50", 50), ("1000", 500)]
)
def test_it_moves_at_the_rate_it_is_given(
    stack: FakeStack, rate: str, moved_at: int
) -> None:
    assert run_command(stack, f"redrive failed --rate {rate}") == 0
    assert [task.rate for task in stack.sqs.moves.tasks] == [moved_at]


@pytest.mark.parametrize(
    ("arguments", "code", "invoked", "left"),
    [
        ("failed --dry-run", 1, 0, 60),
        ("failed --prefix 1", 0, 11, 49),
        ("failed --rate 0.5", 0, 60, 0),
        ("rejected", 0, 1, 60),
    ],
)
def test_what_sqs_cannot_select_is_invoked(
    stack: FakeStack, arguments: str, code: int, invoked: int, left: int
) -> None:
    stack.sqs.send(REJECTED, {"key": "r.png", "code": "corrupt"})
    assert run_command(stack, f"redrive {arguments}") == code
    assert len(stack.function_calls.keys) == invoked
    assert len(stack.sqs.queues[FAILED]) == left
    assert not stack.sqs.moves.tasks


@pytest.mark.parametrize(
    "code", ["AccessDenied", "InvalidAction", "AWS.SimpleQueueService.AccessDenied"]
)
def test_without_such_tasks_or_rights_the_function_is_invoked(
    stack: FakeStack, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    """As by the policies of earlier versions, and in the local cloud."""
    stack.sqs.moves.refusal = code
    assert run_command(stack, "redrive failed") == 0
    assert len(stack.function_calls.keys) == 60
    assert f"ListMessageMoveTasks: {code}" in capsys.readouterr().err


def test_an_empty_queue_needs_no_task(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sqs.queues[FAILED].clear()
    assert run_command(stack, "redrive failed") == 0
    assert capsys.readouterr().out == "Nothing to retry.\n"
    assert not stack.sqs.moves.tasks


def test_ctrl_c_cancels_and_the_next_run_continues(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        if stack.sqs.queues[INTAKE]:
            stack.sqs.clock.slept = lambda: None
            raise KeyboardInterrupt

    stack.sqs.clock.slept = interrupt
    with pytest.raises(KeyboardInterrupt):
        run_command(stack, "redrive failed --rate 5")
    moved = len(stack.sqs.queues[INTAKE])
    assert 0 < moved < 60
    assert f"About {moved} uploads moved" in capsys.readouterr().err
    stack.sqs.clock.sleep(60)
    assert run_command(stack, "redrive failed --rate 5") == 0
    assert len({*_keys(stack, INTAKE)}) == 60
    assert [task.status for task in stack.sqs.moves.tasks] == ["CANCELLED", "COMPLETED"]


def test_ctrl_c_cancels_a_task_that_is_not_listed_yet(stack: FakeStack) -> None:
    def interrupt() -> None:
        stack.sqs.clock.slept = lambda: None
        raise KeyboardInterrupt

    stack.sqs.clock.slept = interrupt
    with pytest.raises(KeyboardInterrupt):
        run_command(stack, "redrive failed --rate 5")
    assert [task.status for task in stack.sqs.moves.tasks] == ["CANCELLING"]


def test_a_running_task_is_watched(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQS has one at a time; another command may have started it."""
    stack.sqs.moves.start(
        SourceArn=f"arn:{FAILED}",
        DestinationArn=f"arn:{INTAKE}",
        MaxNumberOfMessagesPerSecond=2,
    )
    stack.sqs.clock.sleep(5)
    assert run_command(stack, "redrive failed --json") == 0
    printed = capsys.readouterr()
    assert "already; watching it" in printed.err
    assert json.loads(printed.out) == {
        "version": 1,
        "kind": "redrive-move",
        "moved": 60,
        "left": 0,
    }
    assert len(stack.sqs.moves.tasks) == 1


@pytest.mark.parametrize("earlier", [False, True])
def test_a_task_that_another_command_has_just_begun_is_watched(
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
    earlier: bool,  # noqa: FBT001 - a value
) -> None:
    """SQS does not list it yet, but refuses a second one."""
    moves = stack.sqs.moves
    if earlier:
        moves.start(**_START)
        stack.sqs.clock.sleep(60)
        moves.listed(SourceArn=f"arn:{FAILED}")
        stack.sqs.queues[FAILED] = stack.sqs.queues[INTAKE][:]
        stack.sqs.queues[INTAKE].clear()
    moves.start(**_START)
    assert run_command(stack, "redrive failed") == 0
    printed = capsys.readouterr()
    assert "already; watching it" in printed.err
    assert printed.out == "Retrying 60 uploads; 0 others left in the queue.\n"
    assert stack.function_calls.keys == []


@pytest.mark.parametrize("hidden", [60, 7, 0])
def test_messages_that_a_killed_command_hides_are_not_passed_over_in_silence(
    stack: FakeStack, capsys: pytest.CaptureFixture[str], hidden: int
) -> None:
    """SQS moves visible messages only."""
    for message in stack.sqs.queues[FAILED][:hidden]:
        message.visible_from = stack.sqs.clock.now + 600
    assert run_command(stack, "redrive failed") == 0
    assert len(stack.sqs.queues[FAILED]) == hidden
    note = f"Another command hides {hidden} messages of the failed queue"
    assert (note in capsys.readouterr().err) is bool(hidden)


@pytest.mark.parametrize("code", ["AccessDenied", "UnsupportedOperation"])
def test_a_task_that_may_not_be_started_is_not_waited_for_long(
    stack: FakeStack, code: str
) -> None:
    def refuse(**_: object) -> None:
        raise client_error(code)

    stack.sqs.start_message_move_task = refuse  # type: ignore[assignment]
    began = stack.sqs.clock.now
    assert run_command(stack, "redrive failed") == 0
    assert stack.sqs.clock.now - began < 20
    assert len(stack.function_calls.keys) == 60


def test_an_earlier_task_is_not_taken_for_the_new_one(stack: FakeStack) -> None:
    assert run_command(stack, "redrive failed") == 0
    stack.sqs.clock.sleep(60)
    stack.sqs.queues[FAILED], stack.sqs.queues[INTAKE] = stack.sqs.queues[INTAKE], []
    assert run_command(stack, "redrive failed --rate 5") == 0
    assert len(stack.sqs.queues[INTAKE]) == 60


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_task_that_ends_early_is_no_success(
    stack: FakeStack,
    cancelled: bool,  # noqa: FBT001 - a value
) -> None:
    if cancelled:

        def cancel() -> None:
            if stack.sqs.queues[INTAKE]:
                stack.sqs.moves.tasks[0].status = "CANCELLED"

        stack.sqs.clock.slept = cancel
    else:
        stack.sqs.moves.breaks_after = 7
    expected = "somebody cancelled it" if cancelled else "failed: AccessDenied"
    with pytest.raises(UnfinishedError, match=expected):
        run_command(stack, "redrive failed --rate 5")
    queued = _keys(stack, INTAKE) + _keys(stack, FAILED)
    assert len({*queued}) == len(queued) == 60
