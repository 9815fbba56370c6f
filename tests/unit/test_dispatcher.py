"""Waiting for dispatched keys: what is reported meanwhile, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload.reconcile.recipe import combined_recipe, recipe_of
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.actions import dispatcher
from resize_on_upload_cli.actions.dispatcher import TIMEOUT_SECONDS, Dispatcher
from resize_on_upload_cli.compare.diff import BucketDiff
from tests.support.fake_stack import FAILED, ORIGINAL, REJECTED, FakeStack

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = '{"sizes": ["9x"]}'
ALL = parse(SIZES)


@pytest.fixture
def stack() -> FakeStack:
    """Two originals without variants, and a function that does nothing."""
    stack = FakeStack(SIZES)
    stack.upload("a.png")
    stack.upload("b\x1b[2K.png")
    return stack


def _make(stack: FakeStack) -> Callable[[str], None]:
    def make(key: str) -> None:
        source = stack.store.head_original(key) or ""
        made_by = recipe_of(ALL[0], ALL)
        stack.put_variant(ALL[0].variant_key(key), source=source, recipe=made_by)

    return make


def _fail(stack: FakeStack, key: str) -> None:
    event = reconcile_event(ORIGINAL, key)
    stack.sqs.send(FAILED, {"requestPayload": event, "responsePayload": {}})


def _dispatch(stack: FakeStack) -> tuple[list[str], float]:
    """Return the keys left, and the seconds it took."""
    began, keys = stack.clock.monotonic(), ["a.png", "b\x1b[2K.png"]
    dispatched = Dispatcher(BucketDiff(stack, ALL), 20.0, len(keys))
    return dispatched.run(keys), stack.clock.monotonic() - began


def test_keys_that_are_done_are_not_reported(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.function_calls.work = _make(stack)
    left, seconds = _dispatch(stack)
    assert left == []
    assert seconds < 3
    assert capsys.readouterr().err == ""


def test_a_wait_reports_for_what_and_until_when(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, after a few seconds; keys cannot control the terminal."""
    began, notes = stack.clock.monotonic(), list[tuple[float, str]]()
    monkeypatch.setattr(
        "resize_on_upload_cli.terminal.say",
        lambda text: notes.append((stack.clock.monotonic() - began, text)),
    )
    left, seconds = _dispatch(stack)
    assert left == ["a.png", "b\x1b[2K.png"]
    assert TIMEOUT_SECONDS <= seconds < TIMEOUT_SECONDS + 15
    ((after, text),) = notes
    assert 5 <= after < 15
    assert text.startswith("Waiting for 2 keys, until ")
    assert text.endswith(": a.png, b\x1b[2K.png")


def test_pending_keys_are_limited_and_counted(
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full queue of pending keys stops the dispatching until one is done."""
    monkeypatch.setattr(dispatcher, "MAX_PENDING", 5)
    keys = [f"{number}.png" for number in range(12)]
    for key in keys:
        stack.upload(key)
    many = Dispatcher(BucketDiff(stack, ALL), 1_000.0, len(keys))
    assert many.run(keys) == keys
    notes = capsys.readouterr().err.splitlines()
    assert notes[0].startswith("Waiting for 5 keys, until ")
    assert notes[0].endswith(": 0.png, 1.png, 2.png and 2 more")


def test_failed_keys_are_not_waited_for(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda has given up. Earlier failures of the same key do not count."""
    _fail(stack, "a.png")
    stack.clock.sleep(1)
    stack.function_calls.work = lambda key: (
        _fail(stack, key) if key != "a.png" else None
    )
    left, seconds = _dispatch(stack)
    assert left == ["b\x1b[2K.png", "a.png"]
    assert seconds >= TIMEOUT_SECONDS
    notes = capsys.readouterr().err
    assert "1 key is in the failed queue now: b\\x1b[2K.png" in notes
    assert "Waiting for 1 key, until " in notes
    stack.function_calls.work = lambda key: _fail(stack, key)
    left, seconds = _dispatch(stack)
    assert sorted(left) == ["a.png", "b\x1b[2K.png"]
    assert seconds < 10


def test_rejected_keys_are_done(stack: FakeStack) -> None:
    def reject(key: str) -> None:
        record = {
            "source": stack.store.head_original(key),
            "recipes": combined_recipe(ALL),
        }
        stack.sqs.send(REJECTED, record | {"key": key, "code": "corrupt"})

    stack.function_calls.work = reject
    left, seconds = _dispatch(stack)
    assert left == []
    assert seconds < 10
