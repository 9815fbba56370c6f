"""`backfill`: what it asks the function for."""

from __future__ import annotations

import json

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from tests.protocol.explorer import make_variants
from tests.support.fake_stack import JOBS, FakeStack
from tools.commands import backfill
from tools.stack.deployment import DeploymentError

SIZES = '{"sizes": ["9x"]}'
ALL = parse(SIZES)


@pytest.fixture
def stack() -> FakeStack:
    """An original with its size, two without, and a function that works at once."""
    stack = FakeStack(SIZES)

    def make(key: str) -> None:
        source = stack.store.head_original(key) or ""
        made_by = recipe_of(ALL[0], ALL)
        stack.put_size(ALL[0].variant_key(key), source=source, recipe=made_by)

    stack.function_calls.work = make
    for key in ("a.png", "b.png", "fine.png"):
        stack.upload(key)
    make("fine.png")
    return stack


def _backfill(stack: FakeStack, prefix: str = "", *, dry_run: bool = False) -> bool:
    return backfill.run(
        stack, ALL, prefix, rate=20.0, as_job=False, dry_run=dry_run, as_json=True
    )


def test_it_asks_for_what_is_missing(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not _backfill(stack, "b")
    assert stack.function_calls.keys == ["b.png"]
    assert not _backfill(stack)
    assert stack.function_calls.keys == ["b.png", "a.png"]
    assert not _backfill(stack)
    assert stack.function_calls.keys == ["b.png", "a.png"]
    told = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert told == [{"asked": number, "left": []} for number in (1, 1, 0)]


def test_a_dry_run_asks_for_nothing(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stack.there()
    assert _backfill(stack, dry_run=True)
    told = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [one["key"] for one in told] == ["a.png", "b.png"]
    assert stack.function_calls.keys == []
    assert stack.there() == before
    assert stack.s3.buckets[JOBS] == {}


def test_nothing_is_asked_for_by_sizes_that_are_not_deployed(stack: FakeStack) -> None:
    """The function would make the deployed ones, again and again."""
    with pytest.raises(DeploymentError, match="differs from what is deployed"):
        backfill.run(
            stack,
            parse('{"sizes": ["8x"]}'),
            "",
            rate=20.0,
            as_job=False,
            dry_run=False,
            as_json=True,
        )
    assert stack.function_calls.keys == []


def test_a_key_too_long_for_a_size_stops_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is rejected, so it is not asked for."""
    text = '{"sizes": ["9x", "x9"], "manifest": true}'
    stack, sizes = FakeStack(text), parse(text)
    config = ReconcileConfig(stack.store, sizes, make_variants)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    stack.upload("x" * 1_012)
    stack.upload("ok.png")
    assert not backfill.run(
        stack, sizes, "", rate=20.0, as_job=False, dry_run=False, as_json=True
    )
    assert stack.function_calls.keys == ["ok.png"]
    assert json.loads(capsys.readouterr().out) == {"asked": 1, "left": []}
