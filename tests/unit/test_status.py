"""`status`: the first line answers why an image is not there, the last what to run."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.reconcile.report import Report
from resize_on_upload_cli import parser
from resize_on_upload_cli.stack.base_url import URL_VARIABLE
from resize_on_upload_cli.status.facts import STATES
from tests.protocol.explorer import make_variants
from tests.support.fake_account import client_error
from tests.support.fake_stack import FAILED, ORIGINAL, REJECTED, RESIZED, run_command
from tests.support.invocations import s3_record
from tests.support.logged_stack import LoggedStack

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = """{
    "sizes": [
        "9x",
        {"geometry": "5x", "make": "request"},
        {"geometry": "x7", "include": ["avatars/*"]}
    ],
    "manifest": true,
    "exclude": ["*.pdf"]
}"""
NOW = datetime(2026, 1, 1, 1, tzinfo=UTC).timestamp()
"""An hour after the fake S3 wrote its first object."""


@pytest.fixture
def stack() -> LoggedStack:
    return LoggedStack(SIZES, NOW)


def _make(stack: LoggedStack, key: str) -> None:
    config = ReconcileConfig(stack.store, stack.sizes, make_variants)
    stack.upload(key)
    reconcile(key, config, Report())


def _fine(stack: LoggedStack) -> None:
    _make(stack, "a.jpg")


def _never_seen(stack: LoggedStack) -> None:
    stack.upload("a.jpg")


def _just_now(stack: LoggedStack) -> None:
    stack.upload("a.jpg")
    stack.sqs.clock.now = NOW - 3_600 + 5


def _in_progress(stack: LoggedStack) -> None:
    stack.upload("a.jpg")
    stack.line(60, "a.jpg", event="image.skipped", reason="no-original")


def _stale(stack: LoggedStack) -> None:
    _make(stack, "a.jpg")
    stack.upload("a.jpg")


def _other_recipe(stack: LoggedStack) -> None:
    _make(stack, "a.jpg")
    stored = stack.s3.buckets[RESIZED]["9x/a.jpg"][-1]
    stack.put_variant("9x/a.jpg", **{**stored.metadata, "recipe": "0"})


def _rejected(stack: LoggedStack) -> None:
    source = stack.upload("a.jpg")
    decided = {"source": source, "recipes": combined_recipe(stack.sizes)}
    record = {"key": "a.jpg", "code": "truncated", "detail": "it ends early"}
    stack.sqs.send(REJECTED, record | decided)


def _rejected_of_old(stack: LoggedStack) -> None:
    _rejected(stack)
    stack.upload("a.jpg", b"another")


def _rejected_in_log(stack: LoggedStack) -> None:
    stack.upload("a.jpg")
    about = {"reason": "corrupt", "message": "broken"}
    stack.line(30, "a.jpg", event="image.rejected", **about)


def _empty(stack: LoggedStack) -> None:
    stack.upload("a.jpg", b"")


def _failed_in_log(stack: LoggedStack) -> None:
    stack.upload("a.jpg")
    about = {"reason": "access-denied", "message": "S3 refused s3:GetObject"}
    stack.line(30, "a.jpg", event="image.failed", **about)


def _failed_in_queue(stack: LoggedStack) -> None:
    stack.upload("a.jpg")
    event = {"Records": [s3_record(ORIGINAL, "a.jpg")]}
    response = {"errorMessage": "Task timed out"}
    body = {"requestPayload": event, "responsePayload": response}
    stack.sqs.send(FAILED, body)


def _absent(_: LoggedStack) -> None:
    """Nothing."""


def _similar(stack: LoggedStack) -> None:
    stack.upload("A.JPG")


def _deleted(stack: LoggedStack) -> None:
    stack.upload("a.jpg")
    stack.s3.delete_object(Bucket=ORIGINAL, Key="a.jpg")


def _orphaned(stack: LoggedStack) -> None:
    _make(stack, "a.jpg")
    stack.s3.delete_object(Bucket=ORIGINAL, Key="a.jpg")


def _unwanted(stack: LoggedStack) -> None:
    _make(stack, "a.jpg")
    stack.put_variant("x7/a.jpg")


def _expired(stack: LoggedStack) -> None:
    stack.upload("a.jpg")
    stack.outputs["ResizedExpirationDays"] = "7"
    stack.sqs.clock.now += 8 * 86_400


CASES: dict[Callable[[LoggedStack], None], tuple[str, str | None, str, str]] = {
    _fine: ("current", None, "up to date: 2 variants; 5x made when", "Nothing to do."),
    _never_seen: ("missing", None, "no line about it since its upload", "backfill"),
    _just_now: ("missing", None, "; it was uploaded ", "Wait a moment, then run"),
    _in_progress: ("missing", None, "9x, manifest: not made yet", "backfill"),
    _stale: ("stale", None, "9x, manifest: of another original", "backfill"),
    _other_recipe: ("stale", None, "9x: made by another recipe", "backfill"),
    _rejected: ("rejected", "truncated", "rejected: it ends early", "redrive rejected"),
    _rejected_of_old: ("missing", None, "not made yet", "backfill"),
    _rejected_in_log: ("rejected", "corrupt", "rejected: broken", "redrive rejected"),
    _empty: ("rejected", "empty", "the object has no bytes", "redrive rejected"),
    _failed_in_log: ("failed", "access-denied", "refused s3:Get", "redrive failed"),
    _failed_in_queue: ("failed", None, "failed: Task timed out", "redrive failed"),
    _absent: ("absent", None, "there is no original with this key", "upload FILE"),
    _similar: ("absent", None, "there is A.JPG", "status A.JPG"),
    _deleted: ("absent", None, "deleted at 2026-01-01T00:00:00Z", "Upload it again"),
    _orphaned: ("orphaned", None, "its original is gone", "prune --prefix a.jpg"),
    _unwanted: ("orphaned", None, "x7: its path has no such size", "prune"),
    _expired: ("expired", None, "S3 deletes variants after 7 days", "Upload it again"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_first_line_answers_and_the_last_says_what_to_run(
    case: Callable[[LoggedStack], None],
    stack: LoggedStack,
    capsys: pytest.CaptureFixture[str],
) -> None:
    state, code, answer, advice = CASES[case]
    case(stack)
    before = stack.resized_keys()
    assert run_command(stack, "status a.jpg") == int(state != "current")
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("a.jpg: ")
    assert answer in first
    assert advice in last
    assert run_command(stack, "status a.jpg --json") == int(state != "current")
    document = json.loads(capsys.readouterr().out)
    assert (document["state"], document["code"]) == (state, code)
    assert answer in document["message"]
    assert stack.resized_keys() == before


def test_every_state_has_a_case(stack: LoggedStack) -> None:
    others = {"no-size", "on-request"}
    assert {state for state, *_ in CASES.values()} | others == set(STATES)
    assert stack.resized_keys() == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_command_that_is_advised_can_be_parsed(
    case: Callable[[LoggedStack], None],
    stack: LoggedStack,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case(stack)
    run_command(stack, "status a.jpg")
    advice = capsys.readouterr().out.splitlines()[-1]
    for command in advice.split("`")[1::2]:
        assert parser.parse(shlex.split(command)[1:]).run


def test_a_key_without_sizes_and_one_without_a_viewer(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither lacks anything that a command could make."""
    stack.upload("a.pdf")
    assert run_command(stack, "status a.pdf") == 1
    printed = capsys.readouterr().out
    assert printed.startswith("a.pdf: include and exclude of sizes.json leave no size")
    assert "Run `resize-on-upload check a.pdf`" in printed
    only = LoggedStack('{"sizes": [{"geometry": "5x", "make": "request"}]}', NOW)
    only.upload("a.jpg")
    assert run_command(only, "status a.jpg") == 0
    assert "5x made when first viewed; none was yet" in capsys.readouterr().out


def test_everything_about_each_size(
    stack: LoggedStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The original, each size with its URL, the last log line of each function."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    stack.outputs["Url"] = "https://d1.example/"
    _make(stack, "a b.jpg")
    stack.line(90, "a b.jpg", sizes_written=1)
    stack.line(70, "a b.jpg", sizes_written=2, duration_ms=7)
    stack.text(60, {"event": "request.made", "key": "a b.jpg", "size": "5x"}, "views")
    assert run_command(stack, "status 'a b.jpg' --json") == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["original"]["bytes"] == 5
    assert document["original"]["modified"].startswith("2026-01-01T00:00:")
    states = {one["size"]: one["state"] for one in document["variants"]}
    assert states == {
        "9x": "current",
        "5x": "on-request",
        "x7": "no-size",
        "manifest": "current",
    }
    urls = {one["size"]: one["url"] for one in document["variants"]}
    assert urls["5x"] == "https://d1.example/5x/a%20b.jpg"
    assert urls["x7"] is None
    assert [one["event"] for one in document["log"]] == [
        "image.resized",
        "request.made",
    ]
    assert document["log"][0]["line"]["sizes_written"] == 2
    assert run_command(stack, "status 'a b.jpg'") == 0
    printed = capsys.readouterr().out
    assert "9x        current" in printed
    assert "resize-on-upload urls 'a b.jpg'" in printed.splitlines()[-1]


def test_a_sentence_is_not_repeated(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not for each size and record; sizes without an original are left out."""
    _rejected(stack)
    run_command(stack, "status a.jpg")
    assert capsys.readouterr().out.count("it ends early") == 1
    run_command(stack, "status nowhere.jpg")
    assert "9x" not in capsys.readouterr().out


def test_what_cannot_be_read_is_noted(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """The buckets still answer; that the log has no line is then not claimed."""
    stack.upload("a.jpg")
    stack.logs.refused = client_error("AccessDeniedException", "FilterLogEvents")
    stack.outputs["FailedQueueUrl"] = "https://sqs/nowhere"
    stack.sqs.receive_message = _refuse  # type: ignore[method-assign]
    assert run_command(stack, "status a.jpg") == 1
    printed = capsys.readouterr().out
    assert "no line about it" not in printed
    assert "note: the log could not be read: AWS refused FilterLogEvents" in printed
    assert "note: the failed queue could not be read" in printed


def _refuse(**_: Any) -> dict[str, Any]:
    refusal = client_error("AccessDenied", "ReceiveMessage")
    raise refusal


def test_a_long_log_is_searched_for_a_bounded_time(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.upload("a.jpg")
    answer = stack.logs.filter_log_events

    def slowly(**call: Any) -> dict[str, Any]:
        stack.sqs.clock.now += 1
        return answer(**call) | {"nextToken": "0"}

    stack.logs.filter_log_events = slowly  # type: ignore[method-assign]
    assert run_command(stack, "status a.jpg") == 1
    assert "note: the log was searched for 10 s only" in capsys.readouterr().out


def test_the_log_is_searched_back_to_the_upload(stack: LoggedStack) -> None:
    """An hour, a day, two weeks: the nearest that has a line, or the upload."""
    stack.upload("a.jpg")
    for age, searched in (
        (600, [3_600]),
        (7_200, [3_600, 86_400]),
        (3 * 86_400, [3_600, 86_400, 1_209_600]),
    ):
        stack.logs.calls.clear()
        now = stack.sqs.clock.now = NOW - 3_600 + age
        run_command(stack, "status a.jpg")
        starts = {call["startTime"] // 1_000 for call in stack.logs.calls}
        assert sorted(round(now - start, -2) for start in starts) == searched
    stack.logs.calls.clear()
    stack.line(-3 * 86_400 + 60, "a.jpg")
    del stack.outputs["OnRequestLogGroupName"]
    run_command(stack, "status a.jpg")
    assert len({call["startTime"] for call in stack.logs.calls}) == 1


def test_the_queues_stay_as_they_were(stack: LoggedStack) -> None:
    _rejected(stack)
    run_command(stack, "status a.jpg")
    assert len(stack.sqs.visible(REJECTED)) == 1


def test_what_to_run_is_about_the_same_stack(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    _stale(stack)
    stack.options = " --stack-name staging"
    run_command(stack, "status a.jpg --stack-name staging")
    *_, last = capsys.readouterr().out.splitlines()
    assert (
        last == "Run `resize-on-upload backfill --prefix a.jpg --stack-name staging`."
    )
