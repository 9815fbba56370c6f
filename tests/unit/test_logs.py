"""`logs`, `outputs` and `open`: what they read and print."""

from __future__ import annotations

import json
import webbrowser
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.errors import ExitCode, UsageError
from resize_on_upload_cli.monitoring import console, log_line, log_reader
from resize_on_upload_cli.monitoring.log_reader import Query
from tests.support.fake_stack import run_command
from tests.support.logged_stack import LoggedStack

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stack() -> LoggedStack:
    return LoggedStack()


def _keys(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(text)["key"] for text in capsys.readouterr().out.splitlines()]


def test_both_functions_in_the_order_of_time(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Lambda writes around each invocation is left out, errors are not."""
    stack.line(50, "c.jpg", event="image.rejected", reason="empty", message="no bytes")
    stack.line(90, "a.jpg", sizes_written=3, duration_ms=145)
    views = {"event": "request.made", "key": "b.jpg", "size": "9x", "duration_ms": 7}
    stack.text(70, views, "views")
    for age, text in enumerate(["START RequestId: 1", "REPORT RequestId: 1 x"]):
        stack.text(age, text)
    stack.text(3, "Task timed out\x1b[31m\n")
    assert run_command(stack, "logs") == 0
    assert capsys.readouterr().out.splitlines() == [
        "1970-01-12 13:45:10Z  image.resized    a.jpg  3 written, 145 ms",
        "1970-01-12 13:45:30Z  request.made     b.jpg  9x, 7 ms",
        "1970-01-12 13:45:50Z  image.rejected   c.jpg  empty: no bytes",
        "1970-01-12 13:46:37Z  Task timed out\\x1b[31m",
    ]
    assert run_command(stack, "logs --function on-request --json") == 0
    assert _keys(capsys) == ["b.jpg"]


@pytest.mark.parametrize(
    ("since", "found"),
    [("30s", []), ("2m", ["b"]), ("1h", ["a", "b"]), ("1w", ["a", "b"])],
)
def test_since_is_how_far_back(
    since: str, found: list[str], stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.line(3_000, "a")
    stack.line(100, "b")
    assert run_command(stack, f"logs --since {since} --json") == 0
    printed = capsys.readouterr()
    assert [json.loads(one)["key"] for one in printed.out.splitlines()] == found
    assert ("Nothing was logged" in printed.err) == (not found)


def test_no_search_begins_before_1970(stack: LoggedStack) -> None:
    """CloudWatch knows no earlier time."""
    assert run_command(stack, "logs --since 99999w") == 0
    assert {call["startTime"] for call in stack.logs.calls} == {0}


@pytest.mark.parametrize("since", ["", "5", "h", "1y", "-1h", "1.5h", "99999999h"])
def test_a_wrong_time_is_refused(
    since: str, stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(stack, f"logs '--since={since}'")
    assert end.value.code == 2
    assert "such as 30m or 7d" in capsys.readouterr().err


@given(st.text(min_size=1, max_size=20).filter(lambda key: not key.endswith("/")))
def test_only_the_lines_of_a_key(key: str) -> None:
    """Any key: what a filter pattern cannot compare exactly is compared here."""
    stack = LoggedStack()
    for other in (key, key + "x", "x" + key, "*", 'a"b', key.swapcase() + "-"):
        stack.line(10, other)
    query = Query(["upload"], 0, key)
    found = [line.key for line in log_reader.read(stack, query)]
    assert set(found) == {key}
    (pattern,) = {call["filterPattern"] for call in stack.logs.calls}
    assert "*" not in pattern or pattern == "{ $.key = * }"


def test_a_plain_key_is_searched_for_by_cloudwatch(stack: LoggedStack) -> None:
    list(log_reader.read(stack, Query(["upload"], 0, "a b/c-1.jpg")))
    assert stack.logs.calls[0]["filterPattern"] == '{ $.key = "a b/c-1.jpg" }'


def test_a_search_ends_at_its_deadline(stack: LoggedStack) -> None:
    for age in range(50):
        stack.line(age, "a")
    clock = stack.sqs.clock
    query = Query(["upload"], 0, "a", deadline=clock.now + 5)
    found = []
    for line in log_reader.read(stack, query):
        found.append(line)
        clock.sleep(1)
    assert 1 < len(found) < 10


def test_following_repeats_nothing_and_leaves_nothing_out(stack: LoggedStack) -> None:
    """Lines of other streams arrive late, with an earlier time, or several at once."""
    stack.line(5, "first")
    arriving: Iterator[list[tuple[int, str]]] = iter(
        [
            [(4, "second"), (4, "same time")],
            [],
            [(30, "late"), (-3, "newest")],
            [(-1, "between"), (40, "later still")],
        ]
    )

    def arrive() -> None:
        for age, key in next(arriving):
            stack.line(age, key)

    stack.sqs.clock.slept = arrive
    lines = log_reader.follow(stack, Query(["upload"], round((stack.now - 60) * 1_000)))
    found = [line.key for line in islice(lines, 7)]
    assert found[:3] == ["first", "second", "same time"]
    assert sorted(map(str, found[3:])) == ["between", "late", "later still", "newest"]
    stack.sqs.clock.slept = lambda: None


def test_ctrl_c_ends_following_silently(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.line(5, "first")

    def stop() -> None:
        raise KeyboardInterrupt

    stack.sqs.clock.slept = stop
    assert run_command(stack, "logs --follow --json") == ExitCode.INTERRUPTED
    printed = capsys.readouterr()
    assert json.loads(printed.out)["key"] == "first"
    assert printed.err.strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"key": 7}',
        '{"event": []}',
        "{" * 9_000,
        '{"a":1}',
    ],
)
def test_any_text_is_a_line(text: str) -> None:
    line = log_line.parse({"message": text, "timestamp": 1}, "upload")
    assert line.for_people().startswith("1970-01-01 00:00:00Z")
    assert line.document()["key"] is None


def test_a_function_that_is_not_deployed_is_a_usage_error(stack: LoggedStack) -> None:
    del stack.outputs["OnRequestLogGroupName"]
    assert run_command(stack, "logs") == 0
    with pytest.raises(UsageError, match="has no on-request function"):
        run_command(stack, "logs --function on-request")


def test_outputs_are_a_table_or_one_value(
    stack: LoggedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "outputs") == 0
    table = capsys.readouterr().out.splitlines()
    assert "OriginalBucketName     original" in table
    assert len(table) == len(stack.outputs)
    assert run_command(stack, "outputs OriginalBucketName") == 0
    assert capsys.readouterr().out == "original\n"
    with pytest.raises(UsageError, match=r"no output Nope; there are .*FailedQueueUrl"):
        run_command(stack, "outputs Nope")


class _Session:
    def __init__(self, region: str) -> None:
        self.region_name = region


def test_console_pages_are_those_of_the_stack_and_its_region(
    stack: LoggedStack,
) -> None:
    stack.outputs |= {"DashboardUrl": "https://board", "DistributionId": "E1"}
    stack.session = _Session("eu-central-1")
    found = console.pages(stack)
    home = "https://eu-central-1.console.aws.amazon.com"
    assert found["dashboard"] == "https://board"
    assert found["originals"] == f"{home}/s3/buckets/original?region=eu-central-1"
    assert found["logs"].endswith(
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fresize"
    )
    assert found["failed"].endswith("#/queues/https%3A%2F%2Fsqs%2Ffailed")
    assert found["distribution"] == f"{home}/cloudfront/v4/home#/distributions/E1"
    stack.session = _Session("cn-north-1")
    assert console.pages(stack)["function"].startswith(
        "https://cn-north-1.console.amazonaws.cn/lambda/home?region=cn-north-1#/"
    )


def test_only_named_pages_are_opened(
    stack: LoggedStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack.session = _Session("eu-central-1")
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    for command in ("open", "open logs --print", "open logs --json"):
        assert run_command(stack, command) == 0
    assert opened == []
    assert run_command(stack, "open logs alarms") == 0
    pages = console.pages(stack)
    assert opened == [pages["logs"], pages["alarms"]]
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert run_command(stack, "open logs") == 0
    assert "no browser here" in capsys.readouterr().err
    with pytest.raises(UsageError, match="there is no page nope; there are stack"):
        run_command(stack, "open nope")
