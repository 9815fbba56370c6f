"""`backfill`: the keys for which it invokes the function."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.errors import UnfinishedError
from tests.protocol.explorer import make_variants
from tests.support.fake_stack import JOBS, REJECTED, FakeStack, run_command

SIZES = '{"sizes": ["9x"]}'
ALL = parse(SIZES)


class Invoked:
    """A client of Lambda that keeps the names of the functions."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.names.append(call["FunctionName"])
        return {"Payload": io.BytesIO()}


@pytest.fixture
def stack() -> FakeStack:
    """An original with its variant, two without, and a function that works at once."""
    stack = FakeStack(SIZES)

    def make(key: str) -> None:
        source = stack.store.head_original(key) or ""
        made_by = recipe_of(ALL[0], ALL)
        stack.put_variant(ALL[0].variant_key(key), source=source, recipe=made_by)

    stack.function_calls.work = make
    for key in ("a.png", "b.png", "fine.png"):
        stack.upload(key)
    make("fine.png")
    return stack


def test_it_invokes_the_function_for_what_is_missing(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "backfill --prefix b --json") == 0
    assert stack.function_calls.keys == ["b.png"]
    assert run_command(stack, "backfill --json") == 0
    assert stack.function_calls.keys == ["b.png", "a.png"]
    assert run_command(stack, "backfill --json") == 0
    assert stack.function_calls.keys == ["b.png", "a.png"]
    printed = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [(one["asked"], one["left"]) for one in printed] == [
        (1, []),
        (1, []),
        (0, []),
    ]


@pytest.mark.parametrize("outputs", [{}, {"BackfillFunctionName": "own"}], ids=str)
@pytest.mark.parametrize(
    "command",
    ["backfill", "redrive rejected", "backfill --batch", "backfill --all --yes"],
)
def test_backfills_use_their_own_function_if_there_is_one(
    command: str, outputs: dict[str, str], stack: FakeStack
) -> None:
    """In older stacks, and by default, it is the one for uploads."""
    stack.outputs.update(outputs)
    stack.sqs.send(REJECTED, {"key": "a.png", "code": "empty", "detail": "no bytes"})
    stack._clients["lambda"] = invoked = Invoked()
    run_command(stack, command)
    operations = [one["Operation"]["LambdaInvoke"] for one in stack.batch.created]
    arns = [one["FunctionArn"] for one in operations]
    expected = outputs.get("BackfillFunctionName", "resize")
    assert {*invoked.names, *(arn.rpartition(":")[2] for arn in arns)} == {expected}
    arn = f"arn:aws:lambda:eu-central-1:1:function:{expected}"
    assert set(arns) <= {arn}


@pytest.mark.parametrize("progress", ["", "[]", "{}", '{"total": null}', "\xff"])
def test_an_unreadable_progress_is_begun_again(stack: FakeStack, progress: str) -> None:
    """It is for the bar only."""
    before = stack.s3.get_object

    def get(**call: Any) -> dict[str, Any]:
        if call["Bucket"] == JOBS:
            return {"Body": io.BytesIO(progress.encode("latin-1"))}
        return before(**call)

    stack.s3.get_object = get  # type: ignore[method-assign]
    assert run_command(stack, "backfill") == 0
    assert stack.function_calls.keys == ["a.png", "b.png"]


def test_nothing_to_do_is_reported(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "backfill") == 0
    assert run_command(stack, "backfill") == 0
    assert capsys.readouterr().out == "2 of 2 keys done.\nNothing to do.\n"


def test_a_dry_run_invokes_nothing(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stack.resized_keys()
    assert run_command(stack, "backfill --dry-run --json") == 1
    printed = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [one["key"] for one in printed] == ["a.png", "b.png"]
    assert stack.function_calls.keys == []
    assert stack.resized_keys() == before
    assert stack.s3.buckets[JOBS] == {}


def test_sizes_that_are_not_deployed_are_refused(stack: FakeStack) -> None:
    """The function would make the deployed ones, again and again."""
    with pytest.raises(UnfinishedError, match="differs from what is deployed"):
        run_command(stack, "backfill", sizes='{"sizes": ["8x"]}')
    assert stack.function_calls.keys == []


def test_a_key_too_long_for_a_size_stops_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is rejected, so the function is not invoked for it."""
    text = '{"sizes": ["9x", "x9"], "manifest": true}'
    stack, sizes = FakeStack(text), parse(text)
    config = ReconcileConfig(stack.store, sizes, make_variants)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    stack.upload("x" * 1_012)
    stack.upload("ok.png")
    assert run_command(stack, "backfill --json") == 0
    assert stack.function_calls.keys == ["ok.png"]
    done = json.loads(capsys.readouterr().out)
    assert (done["asked"], done["left"]) == (1, [])
