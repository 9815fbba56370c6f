"""What commands print with --json: one vocabulary, described by a schema.

tests/unit/conftest.py checks each line of every other test, too.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from resize_on_upload_cli import commands
from tests.support import commands_schema
from tests.support.fake_stack import ORIGINAL, REJECTED, FakeStack, run_command

SIZES = '{"sizes": ["9x", {"geometry": "5x", "make": "request"}]}'
SHARED = ("key", "size", "sizes", "code", "message", "bytes")


@pytest.fixture
def stack() -> FakeStack:
    """One original without variants, and the record of a rejected one."""
    found = FakeStack(SIZES)
    found.upload("a.png")
    found.sqs.send(REJECTED, {"key": "b", "code": "empty", "detail": "no bytes"})
    return found


def _kinds(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().out.splitlines()
    return [commands_schema.check(line)["kind"] for line in lines]


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        ("check", ["check"] * 3),
        ("check a.png", ["check-key"]),
        ("plan", ["plan", "plan-summary"]),
        ("backfill --dry-run", ["backfill-key"]),
        ("prune", ["prune"]),
        ("redrive rejected --dry-run", ["redrive"]),
    ],
)
def test_each_line_is_described(
    command: str,
    kinds: list[str],
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_command(stack, f"{command} --json")
    assert _kinds(capsys) == kinds


def test_every_kind_belongs_to_a_command() -> None:
    assert {kind.partition("-")[0] for kind in commands_schema.kinds()} == {
        *commands.SUMMARIES
    } - {"html", "completion"}


def test_shared_names_have_one_meaning() -> None:
    """Wherever one of them is a field, it is the one that all share."""
    definitions = commands_schema.schema()["$defs"]
    for kind in commands_schema.kinds():
        for name, field in definitions[kind]["properties"].items():
            text = json.dumps(field)
            if name in SHARED and not (kind == "upload" and name == "sizes"):
                assert text == json.dumps({"$ref": f"#/$defs/{name}"}), (kind, name)


def test_a_wrong_line_is_noticed() -> None:
    line: dict[str, Any] = {"version": 1, "kind": "check-key", "key": "a"}
    line |= {"sizes": [], "on_request": []}
    assert commands_schema.check(json.dumps(line))
    wrong: list[dict[str, Any]] = [
        {"version": 2},
        {"kind": "nonsense"},
        {"sizes": "9x"},
        {"key": 1},
        {"unknown": 1},
    ]
    for change in wrong:
        with pytest.raises(AssertionError):
            commands_schema.check(json.dumps(line | change))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(commands_schema.schema())


def test_the_record_of_a_rejection_has_its_sentence(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(stack, "redrive rejected --dry-run --json")
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["key"], found["state"]) == ("b", "rejected")
    assert (found["code"], found["message"]) == ("empty", "no bytes")


def test_plan_lists_some_keys_or_all(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(20):
        stack.upload(f"more/{number}.png")
    listed = re.compile("^missing: .*not made yet", re.MULTILINE)
    for option, number, more in (("", 10, True), ("--all", 21, False)):
        assert run_command(stack, f"plan {option}") == 1
        printed = capsys.readouterr().out
        assert len(listed.findall(printed)) == number
        assert ("missing: and 11 more" in printed) == more


def test_plan_says_that_no_original_has_the_prefix(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "plan --prefix zzz") == 0
    assert f"{ORIGINAL}: no originals begin with zzz\n" in capsys.readouterr().out
    assert run_command(stack, "plan --prefix a") == 1
    assert f"{ORIGINAL}: 1 original\n" in capsys.readouterr().out
