"""Waiting for the keys of a backfill: what is said meanwhile, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload.reconcile.recipe import combined_recipe, recipe_of
from resize_on_upload.sizes.parser import parse
from tests.support.fake_stack import FAILED, ORIGINAL, REJECTED, FakeStack
from tools.actions import dispatcher
from tools.actions.dispatcher import PATIENCE, Walk
from tools.compare.diff import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = '{"sizes": ["9x"]}'
ALL = parse(SIZES)


@pytest.fixture
def stack() -> FakeStack:
    """Two originals without sizes, and a function that does nothing about them."""
    stack = FakeStack(SIZES)
    stack.upload("a.png")
    stack.upload("b\x1b[2K.png")
    return stack


def _make(stack: FakeStack) -> Callable[[str], None]:
    def make(key: str) -> None:
        source = stack.store.head_original(key) or ""
        made_by = recipe_of(ALL[0], ALL)
        stack.put_size(ALL[0].variant_key(key), source=source, recipe=made_by)

    return make


def _fail(stack: FakeStack, key: str) -> None:
    event = reconcile_event(ORIGINAL, key)
    stack.sqs.send(FAILED, {"requestPayload": event, "responsePayload": {}})


def _walk(stack: FakeStack) -> tuple[list[str], float]:
    """The keys left, and the seconds it took."""
    began, keys = stack.clock.now(), ["a.png", "b\x1b[2K.png"]
    walk = Walk(Comparison(stack, ALL), 20.0, len(keys))
    return walk.through(keys), stack.clock.now() - began


def test_keys_that_are_made_are_not_spoken_of(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.function_calls.work = _make(stack)
    left, seconds = _walk(stack)
    assert left == []
    assert seconds < 3
    assert capsys.readouterr().err == ""


def test_a_wait_says_for_what_and_until_when(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few seconds, once; keys cannot act upon the terminal."""
    began, told = stack.clock.now(), list[tuple[float, str]]()
    monkeypatch.setattr(
        "tools.terminal.say",
        lambda text: told.append((stack.clock.now() - began, text)),
    )
    left, seconds = _walk(stack)
    assert left == ["a.png", "b\x1b[2K.png"]
    assert PATIENCE <= seconds < PATIENCE + 15
    ((after, text),) = told
    assert 5 <= after < 15
    assert text.startswith("Waiting for 2 keys, until ")
    assert text.endswith(": a.png, b\x1b[2K.png")


def test_many_keys_are_counted(
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No more than a number of them is asked for without any of them done."""
    monkeypatch.setattr(dispatcher, "MOST_WAITING", 5)
    keys = [f"{number}.png" for number in range(12)]
    for key in keys:
        stack.upload(key)
    walk = Walk(Comparison(stack, ALL), 1_000.0, len(keys))
    assert walk.through(keys) == keys
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("Waiting for 5 keys, until ")
    assert told[0].endswith(": 0.png, 1.png, 2.png and 2 more")


def test_what_failed_is_not_waited_for(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda has given up. What failed before this walk says nothing of it."""
    _fail(stack, "a.png")
    stack.clock.sleep(1)
    stack.function_calls.work = lambda key: (
        _fail(stack, key) if key != "a.png" else None
    )
    left, seconds = _walk(stack)
    assert left == ["b\x1b[2K.png", "a.png"]
    assert seconds >= PATIENCE
    told = capsys.readouterr().err
    assert "1 key is in the failed queue by now: b\\x1b[2K.png" in told
    assert "Waiting for 1 key, until " in told
    stack.function_calls.work = lambda key: _fail(stack, key)
    left, seconds = _walk(stack)
    assert sorted(left) == ["a.png", "b\x1b[2K.png"]
    assert seconds < 10


def test_what_was_rejected_is_done(stack: FakeStack) -> None:
    def reject(key: str) -> None:
        said = {
            "source": stack.store.head_original(key),
            "recipes": combined_recipe(ALL),
        }
        stack.sqs.send(REJECTED, said | {"key": key, "code": "corrupt"})

    stack.function_calls.work = reject
    left, seconds = _walk(stack)
    assert left == []
    assert seconds < 10
