"""What the commands make of rejections in the resized bucket, without the queue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.errors import Rejected
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.size import MAX_KEY_BYTES, REJECTION
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.compare.dropped_sizes import foreign_prefixes
from tests.protocol.explorer import make_variants
from tests.support.fake_s3 import FakeS3
from tests.support.fake_stack import ORIGINAL, RESIZED, run_command
from tests.support.logged_stack import LoggedStack

if TYPE_CHECKING:
    from collections.abc import Sequence

GOOD, BAD = b"A", b"!"
SIZES = '{"sizes": ["9x", "x9"]}'
WITH_MANIFEST = '{"manifest": true, "sizes": ["9x", "x9"]}'
OTHER_SIZES = '{"sizes": ["9x", "x8"]}'
NAMES = ("a", "a-b", "a.b", "a/b", "b")
"""Some sort otherwise with ".json" behind them."""


def _stack(sizes: str = SIZES) -> LoggedStack:
    """A deployment whose function works, and keeps rejections."""
    stack = LoggedStack(sizes)
    stack.function_calls.work = partial(_work, stack)
    return stack


@pytest.fixture(params=[SIZES, WITH_MANIFEST], ids=["sizes", "manifest"])
def stack(request: pytest.FixtureRequest) -> LoggedStack:
    return _stack(request.param)


def _work(stack: LoggedStack, key: str, *, created: bool = False) -> None:
    config = ReconcileConfig(
        stack.store, stack.sizes, make_variants, keep_rejections=True
    )
    try:
        reconcile(key, config, Report(), created=created)
    except Rejected:
        return


def _put(stack: LoggedStack, key: str, *bodies: bytes) -> None:
    """Upload, once after the other, and let the function see each."""
    for body in bodies:
        stack.upload(key, body)
        _work(stack, key, created=True)


def _states(stack: LoggedStack) -> dict[str, str]:
    return {
        diff.key: diff.state for diff in BucketDiff(stack, stack.sizes).compare_all()
    }


def _rejections(stack: LoggedStack) -> set[str]:
    return {key for key in stack.resized_keys() if key.startswith("rejected/")}


def test_plan_knows_rejected_keys_without_a_record(stack: LoggedStack) -> None:
    for key in NAMES:
        _put(stack, key, BAD)
    assert _states(stack) == dict.fromkeys(NAMES, "rejected")
    assert run_command(stack, "plan") == 0
    assert run_command(stack, "backfill") == 0
    assert run_command(stack, "prune") == 0
    assert not stack.function_calls.keys


def test_every_kind_of_key_has_its_own_state(stack: LoggedStack) -> None:
    _put(stack, "a", BAD)
    _put(stack, "a-b", GOOD)
    stack.upload("a.b", BAD)
    _put(stack, "a/b", BAD)
    stack.s3.delete_object(Bucket=ORIGINAL, Key="a/b")
    states = {"a": "rejected", "a-b": "current", "a.b": "missing", "a/b": "orphaned"}
    assert _states(stack) == states
    compare = BucketDiff(stack, stack.sizes).compare
    found = {key: compare(key) for key in states}
    assert {key: diff and diff.state for key, diff in found.items()} == states


def test_a_rejection_of_another_original_or_by_other_sizes_does_not_count() -> None:
    stack = _stack()
    _put(stack, "a", BAD)
    _put(stack, "b", BAD)
    stack.upload("a", b"! again")
    assert _states(stack) == {"a": "missing", "b": "rejected"}
    other = _stack(OTHER_SIZES)
    other.s3.buckets = stack.s3.buckets
    assert _states(other) == {"a": "missing", "b": "missing"}
    assert run_command(other, "backfill") == 0
    assert _states(other) == {"a": "rejected", "b": "rejected"}


def test_an_object_of_others_is_no_rejection(stack: LoggedStack) -> None:
    stack.upload("a", BAD)
    stack.put_variant("rejected/a.json", source="v1")
    stack.put_variant("rejected/readme.txt")
    assert _states(stack)["a"] == "missing"


def test_a_rejection_without_an_original_is_pruned(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    _put(stack, "a", BAD)
    stack.s3.delete_object(Bucket=ORIGINAL, Key="a")
    assert run_command(stack, "plan") == 1
    assert run_command(stack, "prune") == 1
    assert "orphaned: rejected/a.json" in capsys.readouterr().out
    assert run_command(stack, "prune --yes") == 0
    assert not stack.resized_keys()


def test_a_good_upload_leaves_nothing_to_prune(stack: LoggedStack) -> None:
    _put(stack, "a", BAD, GOOD)
    _put(stack, "b", BAD)
    assert _rejections(stack) == {"rejected/b.json"}
    assert run_command(stack, "plan") == 0
    assert run_command(stack, "prune") == 0


@pytest.mark.parametrize(
    "sizes",
    [
        '{"sizes": ["9x", "x9"], "include": ["other/*"]}',
        '{"sizes": [{"geometry": "9x", "make": "request"}]}',
    ],
    ids=["excluded", "on-request"],
)
def test_a_rejection_of_which_nothing_would_be_made_is_pruned(
    stack: LoggedStack, sizes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _put(stack, "a", BAD)
    other = _stack(sizes)
    other.s3.buckets = stack.s3.buckets
    assert run_command(other, "prune") == 1
    assert "orphaned: rejected/a.json" in capsys.readouterr().out
    assert run_command(other, "prune --yes") == 0
    assert not _rejections(other)


def test_rejections_are_no_dropped_size(stack: LoggedStack) -> None:
    _put(stack, "a", BAD)
    assert list(foreign_prefixes(stack, stack.sizes)) == []


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        ("redrive rejected", ["a", "b"]),
        ("redrive rejected --prefix b", ["b"]),
        ("redrive rejected --code empty", []),
        ("redrive rejected --dry-run", []),
        ("redrive failed", []),
    ],
)
def test_redrive_finds_them_without_the_queue(
    stack: LoggedStack, command: str, keys: Sequence[str]
) -> None:
    _put(stack, "a", BAD)
    _put(stack, "b", BAD)
    code = run_command(stack, command)
    assert (stack.function_calls.keys, code) == (keys, int("dry" in command))


def test_redrive_asks_once_for_what_both_have(stack: LoggedStack) -> None:
    _put(stack, "a", BAD)
    stack.sqs.send("https://sqs/rejected", {"key": "a", "code": "corrupt"})
    run_command(stack, "redrive rejected")
    assert stack.function_calls.keys == ["a"]


@pytest.mark.parametrize("body", [None, b"[]", b"not JSON", b"[" * 100_000])
def test_status_says_why(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str], body: bytes | None
) -> None:
    """Also if another program has damaged the text."""
    _put(stack, "a", b"! broken")
    if body is not None:
        stored = stack.s3.current(RESIZED, "rejected/a.json")
        assert stored
        stack.s3.put_object(
            Bucket=RESIZED, Key="rejected/a.json", Body=body, Metadata=stored.metadata
        )
    assert run_command(stack, "status a") == 1
    shown = capsys.readouterr().out
    assert ("broken" if body is None else "corrupt") in shown


def test_a_key_without_room_for_a_rejection_stops_no_command() -> None:
    """S3 refuses the request for such an object."""
    stack = _stack()
    key = "k" * (MAX_KEY_BYTES - len(REJECTION.variant_key("")) + 1)
    stack.upload(key, BAD)
    assert _states(stack) == {key: "missing"}
    diff = BucketDiff(stack, stack.sizes).compare(key)
    assert diff
    assert run_command(stack, f"status {key}") == 1


def test_other_keys_cost_no_request_for_rejections(
    stack: LoggedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what is current, nor what is missing and has none in the listing."""
    for key in NAMES[1:]:
        _put(stack, key, GOOD)
    stack.upload(NAMES[0], GOOD)
    heads: list[str] = []
    head = FakeS3.head_object

    def count(fake: FakeS3, **call: Any) -> dict[str, Any]:
        heads.append(call["Key"])
        return head(fake, **call)

    monkeypatch.setattr(FakeS3, "head_object", count)
    assert {*_states(stack).values()} == {"current", "missing"}
    assert heads
    assert not [one for one in heads if one.startswith("rejected/")]


def _count_receives(
    stack: LoggedStack, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    receive = stack.sqs.receive_message

    def count(**call: Any) -> dict[str, Any]:
        calls.append(call)
        return receive(**call)

    monkeypatch.setattr(stack.sqs, "receive_message", count)
    return calls


@pytest.mark.parametrize("command", ["plan", "backfill", "backfill --dry-run"])
def test_the_queue_is_not_read_if_every_rejection_has_its_object(
    stack: LoggedStack, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Ten records would be a call, and 100,000 minutes."""
    for key in NAMES:
        _put(stack, key, BAD)
        stack.sqs.send("https://sqs/rejected", {"key": key, "code": "corrupt"})
    calls = _count_receives(stack, monkeypatch)
    assert run_command(stack, command) == 0
    assert not calls


def test_a_record_counts_without_an_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of stacks before there were objects; the queue is read once for all keys."""
    stack = _stack()
    recipes = combined_recipe(stack.sizes)
    for number in range(200):
        key = f"{number:03}"
        source = stack.upload(key, BAD)
        record = {"key": key, "source": source, "recipes": recipes, "code": "corrupt"}
        stack.sqs.send("https://sqs/rejected", record)
    stack.upload("new", GOOD)
    calls = _count_receives(stack, monkeypatch)
    assert run_command(stack, "plan") == 1
    shown = capsys.readouterr().out
    assert "rejected          200" in shown
    assert "missing             1" in shown
    assert len(calls) < 30
    assert run_command(stack, "backfill") == 0
    assert stack.function_calls.keys == ["new"]
