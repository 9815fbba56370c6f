"""`prune`: what it removes, what it leaves alone."""

from __future__ import annotations

import pytest

from resize_on_upload.reconcile import Setup, reconcile
from resize_on_upload.report import Report
from resize_on_upload.sizes import parse
from tests.fakestack import FakeStack
from tests.schedules import derive
from tools import plan, prune

SIZES = '{"sizes": ["9x", "x9"]}'
ALL = parse(SIZES)


def _stack(*, mirrors: bool = True) -> FakeStack:
    """A deployment whose function works at once; one picture is up to date."""
    stack = FakeStack(SIZES, mirrors=mirrors)
    setup = Setup(stack.store, ALL, derive, mirrors)
    stack.function_calls.work = lambda key: reconcile(key, setup, Report())
    stack.upload("stays.png", b"A")
    stack.function_calls.work("stays.png")
    return stack


@pytest.fixture
def stack() -> FakeStack:
    return _stack()


def _prune(stack: FakeStack, prefix: str = "", *, yes: bool = True) -> bool:
    return prune.run(stack, ALL, prefix, yes=yes, as_json=False)


def _plan(stack: FakeStack) -> bool:
    return plan.run(stack, ALL, "", as_json=False)


def test_folder_markers_are_no_orphans(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """As S3's console makes them, of a size and below one."""
    for marker in ("9x/", "9x/holiday/", "x9/holiday/"):
        stack.put_size(marker, b"")
    before = stack.there()
    assert not _plan(stack)
    assert "Nothing to do." in capsys.readouterr().out
    assert not _prune(stack)
    assert capsys.readouterr().out == "Nothing to remove.\n"
    assert stack.there() == before
